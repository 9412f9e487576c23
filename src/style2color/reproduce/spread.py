"""What a handful of seeds allows to say, and no more.

A difference is called shown only where the seeds, paired, all agree in sign and the 95 % interval
of their mean (Student's t) leaves zero out; three seeds make that interval 2.5 deviations wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over seeds; the deviation of one seed is NaN."""

    mean: float
    deviation: float
    seeds: int

    def shown(self, digits: int) -> str:
        """As a cell of a table."""
        if math.isnan(self.deviation):
            return f"{self.mean:.{digits}f}"
        return f"{self.mean:.{digits}f} ± {self.deviation:.{digits}f}"


@dataclass(frozen=True)
class Difference:
    """First minus second over paired seeds, with its 95 % interval (NaN for one seed)."""

    mean: float
    low: float
    high: float
    agree: bool
    seeds: int

    @property
    def is_shown(self) -> bool:
        """Whether the seeds allow to call the two different."""
        return self.agree and (self.low > 0 or self.high < 0)

    def interval(self, digits: int) -> str:
        """As words in a table or sentence; empty for one seed."""
        if math.isnan(self.low):
            return ""
        return f"{self.low:+.{digits}f}…{self.high:+.{digits}f}"

    def verdict(self, better: int) -> str:
        """In words; better: +1 where higher is better, -1 where lower is."""
        if self.seeds < 2:
            return "not shown (one seed)"
        if not self.is_shown:
            sign = "all seeds agree in sign" if self.agree else "the seeds disagree in sign"
            return f"not shown ({sign})"
        return "better" if self.mean * better > 0 else "worse"


def spread(values: Sequence[float]) -> Spread:
    """Of one figure over seeds; raises ValueError for none."""
    if not values:
        raise ValueError("a spread needs at least one seed")
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
    return Spread(float(np.mean(values)), deviation, len(values))


def difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Paired by position; raises ValueError for different lengths or none."""
    if len(first) != len(second) or not first:
        raise ValueError("differences need the same seeds on both sides, at least one")
    gaps = np.array(first) - np.array(second)
    mean, count = float(gaps.mean()), len(gaps)
    agree = bool((gaps > 0).all() or (gaps < 0).all())
    if count < 2:
        return Difference(mean, math.nan, math.nan, agree, count)
    half = float(stats.t.ppf(0.975, count - 1) * gaps.std(ddof=1) / math.sqrt(count))
    return Difference(mean, mean - half, mean + half, agree, count)
