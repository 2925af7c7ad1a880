"""Every channel against the port suite, with the real vendor library and a stand-in that refuses what the vendor refuses."""

import pytest

pytest.register_assert_rewrite("tests.channels.suite")
