"""What a network costs, and what it does to signals and gradients before it has learned anything.

`counts` counts parameters and FLOPs, `memory` the bytes that are alive at once, `receptive_fields` the pixels an output
sees, `signals` follows gradients and finds dead units.
"""

from nnbook.analysis.counts import flops, flops_by_operation, parameter_count, parameters_by_name
from nnbook.analysis.memory import peak_activation_bytes
from nnbook.analysis.receptive_fields import measured_receptive_field, receptive_field, seen_pixels
from nnbook.analysis.signals import dead_units, expected_gradient_factors, gradient_lengths, mean_over_normal

__all__ = [
    "dead_units",
    "expected_gradient_factors",
    "flops",
    "flops_by_operation",
    "gradient_lengths",
    "mean_over_normal",
    "measured_receptive_field",
    "parameter_count",
    "parameters_by_name",
    "peak_activation_bytes",
    "receptive_field",
    "seen_pixels",
]
