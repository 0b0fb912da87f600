"""The columns of the list of people."""

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import Rejection
from core.tables import (
    Choice,
    DateColumn,
    DateOrder,
    DecimalColumn,
    Email,
    LastDay,
    Phone,
    Text,
    YesNo,
)
from estate.unit_lookup import building_column, unit_column
from people.imports.places import bay_column, lot_column
from people.models import Occupancy

_STEP = Decimal("0.000001")


class Share(DecimalColumn):
    """A part of the ownership: ``0.5``, ``50%`` or ``1/2``."""

    def parse(self, cell: str, order: DateOrder) -> Decimal:
        """Return the part of 1."""
        share = self._part(cell, order)
        if not 0 < share <= 1:
            raise Rejection(
                self.code,
                "out_of_range",
                _("is not between 0 and 1"),
                _("enter it as 0.5, 50% or 1/2"),
            )
        return share.quantize(_STEP)

    def _part(self, cell: str, order: DateOrder) -> Decimal:
        if cell.endswith(("%", "％")):
            return super().parse(cell[:-1], order) / 100
        one, slash, all_parts = (each.strip() for each in cell.partition("/"))
        if slash and one.isdecimal() and all_parts.isdecimal() and int(all_parts):
            return Decimal(int(one)) / int(all_parts)
        return super().parse(cell, order)


_APART = gettext_lazy("Tells people of one name apart.")


def phone_column(help_text: str | Promise = _APART) -> Phone:
    """Return the column of a person's or a company's phone number."""
    return Phone(
        code="phone",
        title=gettext_lazy("Phone"),
        help=help_text,
        longest=40,
        aliases=("电话", "手机", "手机号", "联系电话", "mobile"),
        example="13800001234",
    )


def email_column() -> Email:
    """Return the column of an e-mail address."""
    return Email(
        code="email",
        title=gettext_lazy("E-mail"),
        longest=254,
        aliases=("邮箱", "email address"),
        example="wang@example.com",
    )


COLUMNS = (
    Text(
        code="name",
        title=pgettext_lazy("of a person", "Name"),
        help=gettext_lazy("The person's full name."),
        required=True,
        longest=120,
        aliases=("姓名", "业主姓名", "住户姓名"),
        example="王小明",
    ),
    building_column(),
    unit_column(),
    lot_column(),
    bay_column(),
    Choice(
        code="role",
        title=gettext_lazy("Role"),
        help=gettext_lazy("Needed with a unit or bay."),
        choices=dict(Occupancy.Role.choices),
        also={
            **dict.fromkeys(("业主", "产权人", "房主"), Occupancy.Role.OWNER.value),
            **dict.fromkeys(("租户", "租客", "承租人"), Occupancy.Role.TENANT.value),
            **dict.fromkeys(("家属", "家庭成员", "family"), Occupancy.Role.FAMILY.value),
            **dict.fromkeys(("员工", "worker"), Occupancy.Role.WORKER.value),
        },
        aliases=("身份", "与业主关系"),
        example="owner",
    ),
    phone_column(),
    email_column(),
    DateColumn(
        code="born_on",
        title=gettext_lazy("Date of birth"),
        aliases=("出生日期", "生日"),
        example="1985-04-12",
    ),
    DateColumn(
        code="begins_on",
        title=gettext_lazy("From"),
        help=gettext_lazy("The first day there; today if empty."),
        aliases=("入住日期", "开始日期", "move-in", "since"),
        example="2026-01-01",
    ),
    LastDay(
        code="ends_on",
        title=gettext_lazy("Last day"),
        help=gettext_lazy("The last day there; empty if it goes on."),
        aliases=("到期日期", "结束日期", "until", "move-out"),
        example="",
    ),
    Share(
        code="share",
        title=gettext_lazy("Share"),
        help=gettext_lazy("An owner's part: 0.5, 50% or 1/2."),
        places=6,
        minimum=Decimal("0.000001"),
        maximum=Decimal(100),
        aliases=("产权份额", "份额"),
        example="1",
    ),
    YesNo(
        code="pays",
        title=gettext_lazy("Pays the fees"),
        help=gettext_lazy("Yes for the one who gets the bills of the unit or bay."),
        aliases=("缴费人", "是否缴费"),
        example="yes",
    ),
)
