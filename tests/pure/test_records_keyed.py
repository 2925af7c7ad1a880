"""Keyed names are the standard's, byte for byte."""

import hmac

from hypothesis import example, given
from hypothesis import strategies as st

from records.keyed import keyed


@given(st.binary(max_size=200), st.binary(max_size=300))
@example(b"x" * 64, b"")
@example(b"x" * 65, b"text")
def test_it_is_the_hmac_of_the_standard_library(secret: bytes, text: bytes) -> None:
    assert keyed(secret)(text) == hmac.digest(secret, text, "sha256")
