"""Small documents of every kind, written here, and a workspace made of them."""

from pathlib import Path

from records.settings import Workspace, load_workspace

FAQ_ES = """---
language: es
---

## ¿Cuánto cuesta el plan mensual? {#price}

> qué precio tiene cada mes
> cuánto vale al mes

El plan mensual cuesta [[price_monthly]] y se cobra el mismo día de siempre.

## ¿Cómo recupero mi contraseña? {#password}

> no me acuerdo de la clave
> olvidé la contraseña

Pulsa «He olvidado mi contraseña» en la pantalla de entrada y sigue el correo.

## ¿Puedo compartir mi cuenta? {#share}

> dejar mi cuenta a un amigo

Solo con quien viva contigo, hasta cinco personas.
"""

FAQ_EN = """---
language: en
---

## How much is the monthly plan? {#price}

> monthly price

The monthly plan costs [[price_monthly]].

## How do I recover my password? {#password}

> i forgot my password

Press "Forgot my password" on the login screen and follow the e-mail.
"""

TUTORIAL_ES = """---
language: es
title: Cambiar la tarjeta
---

# Cambiar la tarjeta {#change-card}

En cuatro minutos tienes la tarjeta nueva puesta.

## Pon los números {#numbers}

1. Abre «Forma de pago».
2. Escribe los números de la tarjeta.
"""

CONTRACT_ES = """---
language: es
---

## 1. Duración {#term}

1.1. El contrato dura doce (12) meses desde la contratación.

## 2. Desistimiento {#withdrawal}

2.1. La persona suscriptora podrá desistir por cualquiera de estos medios:

a) con el formulario del anexo;

b) por carta certificada dirigida al domicilio social.

2.2. El plazo de desistimiento es de 14 días naturales.
"""

BLANKS = '[blanks.es]\nprice_monthly = "8,99 €"\n[blanks.en]\nprice_monthly = "€8.99"\n'


def write(root: Path, name: str, text: str) -> Path:
    path = root / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def make_workspace(root: Path, settings: str = BLANKS) -> Workspace:
    (root / "relevo.toml").write_text(settings, encoding="utf-8")
    for name, text in (
        ("faq/basics.es.md", FAQ_ES),
        ("faq/basics.en.md", FAQ_EN),
        ("tutorials/card.es.md", TUTORIAL_ES),
        ("contracts/terms-2027.es.md", CONTRACT_ES),
    ):
        write(root, name, text)
    return load_workspace(root)
