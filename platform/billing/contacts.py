"""Who receives bills and reminders, by channel: the one rule of all rooms that write to payers.

The payer of a bill receives them. Where a person has no address for the channels that are wanted,
the members of the household who may see the bills receive them in the person's place.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing.ledger import Party
from billing.models import Bill
from core.models import Site
from people.contacts import Contact, bill_readers, contacts_of_companies, contacts_of_people


class Channel(StrEnum):
    """How a payer is written to."""

    MAIL = "mail"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One address that receives a message about a bill.

    Attributes:
        party: whose address it is: the payer's, or that of a member of the household.
        address: an e-mail address, or a telephone number as the register has it.
        language: in which to write, as a Django language code.
    """

    channel: Channel
    party: Party
    address: str
    language: str


#: Sets of channels, of which the first counts for which there is an address.
Wanted = Sequence[Collection[Channel]]
BY_MAIL: Wanted = ({Channel.MAIL},)


def receivers_of(site: Site, bills: Collection[Bill], wanted: Wanted) -> dict[int, list[Receiver]]:
    """Return who receives a message about each of the site's bills, each address once.

    Args:
        wanted: by which channels.

    Returns:
        The receivers by the key of the bill; none for a payer who can't be reached.
    """
    payers = {bill.payer for bill in bills}
    known = _contacts(site, payers)
    reached = {payer for payer, contact in known.items() if _addresses([contact], wanted)}
    rest = [bill for bill in bills if bill.payer[0] == "person" and bill.payer not in reached]
    readers = _readers(site, rest)
    found = {}
    for bill in bills:
        own = [known[bill.payer]] if bill.payer in reached else readers.get(bill.pk, [])
        found[bill.pk] = _addresses(own, wanted)
    return found


def _contacts(site: Site, parties: Iterable[Party]) -> dict[Party, Contact]:
    wanted = set(parties)
    people = [int(key) for kind, key in wanted if kind == "person"]
    companies = [int(key) for kind, key in wanted if kind == "company"]
    found = [
        *contacts_of_people(site, people).values(),
        *contacts_of_companies(site, companies).values(),
    ]
    return {(each.kind, each.key): each for each in found}


def _readers(site: Site, bills: Iterable[Bill]) -> dict[int, list[Contact]]:
    """Return the contacts of who may see bills beside their payers, by the key of the bill."""
    keys = {bill.pk: (bill.unit_id, int(bill.payer_id)) for bill in bills if bill.unit_id}
    if not keys:
        return {}
    readers = bill_readers(site, {unit for unit, _payer in keys.values() if unit})
    people = {person for each in readers.values() for person in each}
    known = contacts_of_people(site, people)
    return {
        bill: [known[person] for person in readers.get((unit or 0, payer), ()) if person in known]
        for bill, (unit, payer) in keys.items()
    }


def _addresses(contacts: Iterable[Contact], wanted: Wanted) -> list[Receiver]:
    """Return the addresses for the first of the wanted sets of channels that has any."""
    own = list(contacts)
    for channels in wanted:
        found = {
            (receiver.channel, _folded(receiver)): receiver
            for contact in reversed(own)
            for receiver in _of_contact(contact, channels)
        }
        if found:
            return sorted(found.values(), key=lambda each: each.channel)
    return []


def _of_contact(contact: Contact, channels: Collection[Channel]) -> Iterator[Receiver]:
    party = contact.kind, contact.key
    if Channel.MAIL in channels and contact.email:
        yield Receiver(Channel.MAIL, party, contact.email, contact.language)
    if Channel.TEXT in channels and contact.phone:
        yield Receiver(Channel.TEXT, party, contact.phone, contact.language)


def _folded(receiver: Receiver) -> str:
    """Return what two spellings of one address have in common."""
    if receiver.channel == Channel.MAIL:
        return receiver.address.casefold()
    return "".join(filter(str.isdecimal, receiver.address)) or receiver.address
