"""Finding audit entries and seals that were altered, removed or forged."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.audit.checkpoints import checkpoints_of, problem_of
from core.audit.digests import GENESIS, entry_mac, is_same, seal_digest
from core.audit.sealing import unsealed
from core.models import AuditCheckpoint, AuditEntry, AuditSeal, Site


@dataclass(frozen=True)
class Problem:
    """A break in a chain: where it is, and what was found."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def chains() -> list[int | None]:
    """Return the sites that have a chain, None for the installation, deleted ones included."""
    sites = Site.objects.values_list("pk")
    entries = AuditEntry.objects.exclude(site=None).values_list("site_id")
    seals = AuditSeal.objects.exclude(site=None).values_list("site_id")
    return [None, *(pk for (pk,) in sites.union(entries, seals).order_by("id"))]


def problems(site_id: int | None) -> Iterator[Problem]:
    """Yield every problem of a site's chain, and of its entries that are not sealed yet."""
    previous, seq = GENESIS, 0
    deleted = checkpoints_of(site_id)
    for seals in _batches(site_id):
        found = AuditEntry.objects.in_bulk([seal.entry_id for seal in seals])
        for seal in seals:
            while deleted and deleted[0].first_seq < seal.seq:
                yield from _checkpoint_problems(deleted[0], seq, previous)
                previous, seq = deleted[0].digest, deleted.pop(0).last_seq
            yield from _link_problems(f"seal {seal.seq}", seal.seq, seal.previous, seq, previous)
            yield from _content_problems(seal, found.get(seal.entry_id))
            previous, seq = seal.digest, seal.seq
    for checkpoint in deleted:
        # The newest seal of a chain is never deleted.
        yield Problem(_place(checkpoint), "the seal after it is missing")
    for entry in unsealed().filter(site=site_id).order_by("pk").iterator():
        if not is_same(entry.mac, entry_mac(entry)):
            yield Problem(f"unsealed entry {entry.pk}", "its content was altered")


def _batches(site_id: int | None, size: int = 1000) -> Iterator[list[AuditSeal]]:
    """Yield the chain's seals in order, a batch at a time."""
    after = 0
    chain = AuditSeal.objects.filter(site=site_id).order_by("seq")
    while seals := list(chain.filter(seq__gt=after)[:size]):
        yield seals
        after = seals[-1].seq


def _checkpoint_problems(checkpoint: AuditCheckpoint, seq: int, previous: str) -> Iterator[Problem]:
    place = _place(checkpoint)
    yield from _link_problems(place, checkpoint.first_seq, checkpoint.previous, seq, previous)
    if text := problem_of(checkpoint):
        yield Problem(place, text)


def _place(checkpoint: AuditCheckpoint) -> str:
    return f"deleted seals {checkpoint.first_seq} to {checkpoint.last_seq}"


def _link_problems(
    place: str, number: int, follows: str, seq: int, previous: str
) -> Iterator[Problem]:
    """Yield the break between a link of the chain and the one before it.

    Args:
        number, follows: of the link, and the digest that it follows.
        seq, previous: the number and the digest of the one before it.
    """
    if number > seq + 1:
        yield Problem(place, f"seals {seq + 1} to {number - 1} are missing")
    elif number <= seq:
        yield Problem(place, f"seal {number} is there twice")
    elif follows != previous:
        yield Problem(place, "it doesn't follow the seal before it")


def _content_problems(seal: AuditSeal, entry: AuditEntry | None) -> Iterator[Problem]:
    if entry is None:
        yield Problem(f"seal {seal.seq}", "its entry is missing")
        return
    if not is_same(seal.digest, seal_digest(seal, entry)):
        text = "its content was altered" if _is_chained(entry) else "the seal was altered"
        yield Problem(f"seal {seal.seq}", text)
    if not _is_chained(entry) and not is_same(entry.mac, entry_mac(entry)):
        yield Problem(f"seal {seal.seq}", "its content was altered")
    if entry.site_id != seal.site_id:
        yield Problem(f"seal {seal.seq}", "its entry belongs to another chain")


def _is_chained(entry: AuditEntry) -> bool:
    return entry.form == AuditEntry.Form.CHAINED
