#!/usr/bin/env python3
"""Write days-2023-2030.csv: on which days a Japanese government office is open.

The table is the oracle for the Rust calendar test, which compares its own
answer with this one day by day. Nothing here is shared with the Rust code.

How to run it (the versions are the ones the stored table was made with):

    python3 -m venv /tmp/calendar-venv
    /tmp/calendar-venv/bin/pip install jpholiday==1.0.3 holidays==0.109
    /tmp/calendar-venv/bin/python shared/tests/calendar/make_table.py

The file is written next to this script, as UTF-8 with LF line ends:

    date,weekday,open,holiday
    2026-01-01,Thu,no,元日
    2026-01-02,Fri,no,
    2026-01-05,Mon,yes,

`open` is `yes` from Monday to Friday, except on national holidays and from
29 December to 3 January. `holiday` is the national holiday's name, also where
it falls on a weekend; it is empty for the year-end closing days that are not
national holidays. Substitute holidays are all called 振替休日.

If the two packages disagree on any day, about whether it is a national
holiday or (names normalised) which one, the script lists the days, writes
nothing and exits with an error.

Sources:

- 国民の祝日に関する法律 (Act on National Holidays, Act No. 178 of 1948):
  the holidays, substitute holidays and citizens' holidays, as implemented by
  https://pypi.org/project/jpholiday/ and https://pypi.org/project/holidays/
- 行政機関の休日に関する法律 (Act on Holidays of Administrative Organs, Act
  No. 91 of 1988), article 1: Saturdays and Sundays, national holidays, and
  29 December to 3 January. It binds the state's offices; a municipality sets
  its own year-end days by ordinance (Local Autonomy Act, article 4-2).

The equinox days of a year become official only in the February before it;
for later years the packages predict them, jpholiday by astronomical calculation
and holidays by a fixed rule for each year modulo four.
"""

import datetime
import pathlib
import sys

import holidays
import jpholiday

FIRST = datetime.date(2023, 1, 1)
LAST = datetime.date(2030, 12, 31)
OUTPUT = pathlib.Path(__file__).resolve().parent / "days-2023-2030.csv"
# Not strftime("%a"), which depends on the locale.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def normalise(name):
    """The holiday's plain name, or "" for a day that is none."""
    if name is None:
        return ""
    for plain in ("振替休日", "国民の休日"):
        if plain in name:
            return plain
    return name


def year_end(day):
    """Whether the day is within 29 December to 3 January."""
    return (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)


def main():
    second = holidays.country_holidays(
        "JP", years=range(FIRST.year, LAST.year + 1), language="ja"
    )
    lines = ["date,weekday,open,holiday"]
    disagreements = []
    day = FIRST
    while day <= LAST:
        name = normalise(jpholiday.is_holiday_name(day))
        other = normalise(second.get(day))
        if name != other:
            disagreements.append(
                f"{day}: jpholiday says {name or 'no holiday'}, "
                f"holidays says {other or 'no holiday'}"
            )
        is_open = day.weekday() < 5 and not name and not year_end(day)
        lines.append(
            f"{day},{WEEKDAYS[day.weekday()]},{'yes' if is_open else 'no'},{name}"
        )
        day += datetime.timedelta(days=1)
    if disagreements:
        sys.exit("The packages disagree; nothing written:\n" + "\n".join(disagreements))
    OUTPUT.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
