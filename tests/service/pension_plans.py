"""Small pension plans for tests, beside those that are shipped."""

from contextlib import contextmanager

from rules import terms

SOURCES = """
sources:
  booklet: {title: "The crew's booklet", url: "https://plan.example/booklet"}
  law: {title: "29 USC 1053", url: "https://law.example/29-1053"}
"""
HOURS = """
  hours:
    unit: hour
    counts: {value: hours, cite: booklet}
    attributed_to: {value: work_date, cite: booklet}
"""
YEARS = """
calendar:
  years: {value: calendar_year, cite: booklet}
service:
  qualified_years:
    title: Qualified years
    routes:
      hours:
        steps:
          year:
            from: {value: 400, unit: hour, cite: booklet}
            gives: {value: 1, unit: year, cite: booklet}
"""
CREW = f"""
plan: crew-pension
title: The crew's pension
kind: pension
{SOURCES}
credit: {HOURS}
{YEARS}
vesting:
  steps:
    three:
      after: {{value: 3, unit: year, cite: booklet}}
      gives: {{value: 100, unit: percent, cite: booklet}}
breaks:
  under:
    hours: {{less_than: {{value: 100, unit: hour, cite: booklet}}}}
  permanent:
    years: {{value: 5, unit: year, cite: booklet}}
    or_service: {{value: "true", cite: booklet}}
  stops:
    disabled: {{value: "true", cite: booklet}}
benefit:
  pays: {{value: sum, cite: booklet}}
  parts:
    hours:
      title: by hours
      of: hours
      rate:
        undated: {{value: 4, unit: cent, cite: booklet}}
        2022-01-01: {{value: 5, unit: cent, cite: booklet}}
retirement:
  normal:
    title: Pension at 62
    age: {{value: 62, unit: year, cite: booklet}}
    service: {{at_least: {{value: 2, unit: year, cite: booklet}}}}
levers:
  year_hours: service.qualified_years.routes.hours.steps.year.from
  vesting_years: vesting.steps.three.after
  rate: benefit.parts.hours.rate
statutes:
  erisa-db: law
  erisa-hours: law
"""
ACCOUNT = f"""
plan: crew-account
title: The crew's accounts
kind: pension
{SOURCES}
credit: {HOURS}
  scale:
    unit: dollar
    counts: {{value: scale, cite: booklet}}
    attributed_to: {{value: work_date, cite: booklet}}
  paid-in:
    unit: dollar
    counts: {{value: contributions, cite: booklet}}
    attributed_to: {{value: work_date, cite: booklet}}
{YEARS}
account:
  parts:
    scale: {{title: of scale, of: scale, percent: {{value: 10, unit: percent, cite: booklet}}}}
    paid-in: {{title: paid in, of: paid-in, percent: {{value: 100, unit: percent, cite: booklet}}}}
levers:
  year_hours: service.qualified_years.routes.hours.steps.year.from
"""
EARNINGS = f"""
plan: crew-earnings
title: The crew's pension by earnings
kind: pension
{SOURCES}
credit: {HOURS}
  pay:
    unit: dollar
    counts: {{value: earnings, cite: booklet}}
    attributed_to: {{value: work_date, cite: booklet}}
{YEARS}
benefit:
  pays: {{value: sum, cite: booklet}}
  parts:
    pay: {{title: of pay, of: pay, percent: {{value: 1, unit: percent, cite: booklet}}}}
levers:
  year_hours: service.qualified_years.routes.hours.steps.year.from
"""
PLANS = {"crew-pension": CREW, "crew-account": ACCOUNT, "crew-earnings": EARNINGS}


@contextmanager
def shipped(folder):
    """Ship these plans too, from a folder in which links to the others stand beside them."""
    for path in terms.PLANS.glob("*.yaml"):
        (folder / path.name).symlink_to(path)
    for name, text in PLANS.items():
        (folder / f"{name}.yaml").write_text(text)
    others, terms.PLANS = terms.PLANS, folder
    forget()
    try:
        yield
    finally:
        terms.PLANS = others
        forget()


def forget():
    """Let the plans' files be read again."""
    terms._kinds.cache_clear()
    terms.plan.cache_clear()
