"""Made-up subscribers as the bytes of a CSV file; the same number always gives the same person."""

from datetime import date, timedelta

HEADER = (
    "id,name,language,country,time_zone,email,plan,price,currency,renewal_date,next_charge_date,payment_method,"
    "contract,cutover_date,consent_email"
)
_PLANS = (("mensual", "8.99"), ("anual", "89.00"), ("familiar", "13.99"))
_METHODS = ("card", "sepa_debit", "paypal")
_MOVES = date(2027, 3, 2)
_CHARGES = date(2027, 4, 1)


def subscribers_csv(count: int) -> bytes:
    """`count` people with an address, a plan, dates and a yes to service messages."""
    return "\n".join((HEADER, *(_row(number) for number in range(count)), "")).encode()


def _row(number: int) -> str:
    plan, price = _PLANS[number % len(_PLANS)]
    charge = _CHARGES + timedelta(days=number % 28)
    return ",".join(
        (
            f"B-{number:06}",
            f"Persona Número {number}",
            "es" if number % 10 < 7 else "en",
            "ES",
            "Europe/Madrid",
            f"persona{number}@correo.example",
            plan,
            price,
            "EUR",
            charge.isoformat(),
            charge.isoformat(),
            _METHODS[number % len(_METHODS)],
            "terms-2024",
            (_MOVES + timedelta(days=number % 20)).isoformat(),
            "service",
        )
    )
