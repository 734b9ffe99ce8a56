"""Pictures of the figures, as SVG: the same bytes for the same figures."""

from bench.plots.burst import draw_burst
from bench.plots.costs import draw_costs
from bench.plots.polling import draw_polling
from bench.plots.schedule import draw_schedule

__all__ = ["draw_burst", "draw_costs", "draw_polling", "draw_schedule"]
