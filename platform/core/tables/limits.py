"""Limits of a table; what exceeds them is rejected before it costs memory or time."""

LARGEST_BYTES = 20_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 200
# A cell of Excel holds no more.
LONGEST_CELL = 32_767

# Of a workbook, which is a ZIP archive: its parts when unpacked, in bytes.
LARGEST_UNPACKED = 200_000_000
# Parts that openpyxl reads into memory as a whole: texts, styles.
LARGEST_IN_MEMORY = 64_000_000
MOST_PARTS = 2_000
# Sheets of repeated rows reach 60; deflate can reach 1,000.
HIGHEST_RATIO = 200
RATIO_CHECKED_FROM = 5_000_000
# The last row of a sheet in the format.
LAST_SHEET_ROW = 1_048_576
# XML elements that are held at once: those of a row, or of all texts of 100,000 rows.
MOST_ELEMENTS = 3_000_000
