"""The functions that the accelerator has in C, and what stands for each where there is no C."""

from __future__ import annotations

from rawws.core import encoding, masking, payloads
from rawws.core import scan as scanning

TWINS = {
    "apply_mask": masking.apply_mask,
    "unmask_text": masking.unmask_text,
    "scan": scanning.scan,
    "take_payloads": payloads.take_payloads,
    "encode": encoding.encode,
}
