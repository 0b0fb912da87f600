"""What a database's schema consists of, whatever the order of its columns and its own names.

Constraints and indexes are compared by what they do: PostgreSQL and Django derive their names from
those of tables and columns, and a renamed table or column keeps them.
"""

import re
from collections.abc import Iterable

_TABLES = """
    SELECT oid, relname, relkind, coalesce(reloptions::text, '') AS options FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND NOT relispartition AND relname <> 'django_migrations'
"""
QUERY = f"""
WITH tables AS ({_TABLES})
SELECT 'table', relname, relkind::text || options FROM tables
UNION ALL
SELECT 'column', relname || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod),
    attcollation::regcollation, attnotnull, attidentity, pg_get_expr(adbin, adrelid))
FROM tables JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT 'constraint', relname, pg_get_constraintdef(pg_constraint.oid)
FROM tables JOIN pg_constraint ON conrelid = tables.oid
UNION ALL
SELECT 'index', relname, regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ON', 'INDEX ON')
FROM tables JOIN pg_index ON indrelid = tables.oid
UNION ALL
SELECT 'trigger', relname, pg_get_triggerdef(pg_trigger.oid)
FROM tables JOIN pg_trigger ON tgrelid = tables.oid AND NOT tgisinternal
UNION ALL
SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'type', typname, concat_ws(' ', rngsubtype::regtype, rngcollation::regcollation)
FROM pg_range JOIN pg_type ON pg_type.oid = rngtypid AND typnamespace = 'public'::regnamespace
"""  # noqa: S608
# A dump writes the casts of an expression in another way than the statement that created it.
_CASTS = re.compile(r"::(text|character varying)(\[\])?|[()]")


def normalized(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return the parts of a schema, sorted, without casts between kinds of text."""
    return sorted((kind, name, _CASTS.sub("", text)) for kind, name, text in rows)
