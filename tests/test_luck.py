"""Luck: keyed, uniform, unrelated between purposes, and drawn through the right distributions."""

import numpy as np
import pytest
from scipy import special, stats

from sim.base import luck

# The purposes and their numbers as first published: a new one goes at the end, none is moved or taken away.
FROZEN = (
    "number of first contacts", "would have happened", "own case", "ethnicity", "sex", "under 18", "age band",
    "age", "record", "record within band", "frailty", "officer", "offer", "accept", "attend", "complete",
    "when they leave", "which disposal", "with intervention", "delay to outcome", "reoffence", "next group",
    "next group if other", "for trial", "days to first hearing", "sent", "magistrates plea", "withdrawn after",
    "report", "trial outcome", "tried verdict", "cracked verdict", "committed", "magistrates sentence",
    "law on custody", "custody served", "indictable only", "remand", "warrant", "back from warrant", "crown plea",
    "late plea", "attrition", "listing", "tried", "contested hours", "sentence delay", "crown sentence",
    "wait for hearing", "past contact", "stock age", "stock group", "stock wait", "readiness", "paper cases",
    "separate receipts", "stock order", "admits", "kept out of scheme", "victim objects", "conditions broken",
    "prosecution agrees", "number of extra finds", "day of find", "charging leaning", "trained",
)  # fmt: skip
SAMPLE = 20_000
EVENLY = (np.arange(100_000) + 0.5) / 100_000  # quantiles so close together that their mean is the mean
DRAWS = np.array([1e-9, 0.001, 0.1, 0.37, 0.5, 0.8, 0.99, 1 - 1e-9])
_64 = 2**64 - 1


def people(number: int = SAMPLE, seed: int = 1) -> np.ndarray:
    return luck.key(seed, luck.FIRST_CONTACTS, np.arange(number, dtype=np.uint64))


def mixed(number: int) -> int:
    """SplitMix64's finaliser in whole numbers, as printed."""
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _64
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _64
    return number ^ (number >> 31)


def test_mixing_gives_the_published_splitmix64_sequence_of_seed_0():
    states = np.array([0x9E3779B97F4A7C15 * n & _64 for n in (1, 2, 3)], np.uint64)
    assert [hex(int(x)) for x in luck.mix(states)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4", "0x6c45d188009454f"]
    assert [mixed(int(state)) for state in states] == luck.mix(states).tolist()


def test_a_draw_is_the_mixed_key_and_purpose_written_out_in_whole_numbers():
    gamma, key = 0x9E3779B97F4A7C15, 0
    for part in (7, 1, 42):
        key = mixed(((key + gamma) & _64) ^ mixed((part + gamma) & _64))
    assert int(luck.key(7, 1, 42)[0]) == key
    number = FROZEN.index("offer") + 1 + 3 * 4096
    assert luck.uniform(key, "offer", 3) == ((mixed((key + number * gamma) & _64) >> 12) + 0.5) / 2**52


def test_known_draws_never_change():
    keys = luck.key(1, luck.FIRST_CONTACTS, np.arange(3, dtype=np.uint64))
    assert [hex(int(key)) for key in keys] == ["0x4b00eaac3069b61", "0x61da037dd79ed316", "0xe321164fe2252b88"]
    assert luck.uniform(keys, "would have happened").tolist() == [
        0.15600441293107947,
        0.1479467845273993,
        0.17713112479787674,
    ]
    assert luck.uniform(keys, "listing", 2).tolist() == [0.836025791732579, 0.5333462964725136, 0.2166342196847285]


def test_the_key_of_a_name_never_changes():
    assert luck.key_of_name("drug_supply") == 0x915AFBC058AD9948


def test_mixing_does_not_alter_the_keys_it_is_given():
    keys = people(5)
    before = keys.copy()
    luck.uniform(keys, "offer", np.arange(5))
    luck.key(1, keys)
    assert np.array_equal(keys, before)


@pytest.mark.parametrize("purpose", luck.PURPOSES)
def test_one_person_and_a_block_get_the_same_draws(purpose):
    keys = people(20)
    assert [luck.uniform(int(key), purpose, 1) for key in keys] == luck.uniform(keys, purpose, 1).tolist()


def test_several_purposes_at_once_give_the_same_draws_as_one_after_the_other():
    keys = people(50)
    block = luck.uniform(keys, luck.PURPOSES)
    assert np.array_equal(block, np.array([luck.uniform(keys, purpose) for purpose in luck.PURPOSES]))


def test_a_use_of_ones_own_gives_the_same_draw_as_for_all():
    keys, uses = people(30), np.arange(30) % 3
    block = luck.uniform(keys, "listing", uses)
    assert [luck.uniform(int(key), "listing", int(use)) for key, use in zip(keys, uses, strict=True)] == block.tolist()


def test_purposes_are_unique_few_enough_and_only_ever_added_to():
    assert luck.PURPOSES[: len(FROZEN)] == FROZEN
    assert len(set(luck.PURPOSES)) == len(luck.PURPOSES) < 4096


def test_no_draw_is_0_or_1():
    draws = luck.uniform(people(1_000_000), "reoffence")
    assert 0 < draws.min() < draws.max() < 1


def unmixed(number: int) -> int:
    """What mixes to *number*: each step of the finaliser undone."""
    number ^= number >> 31 ^ number >> 62
    number = (number * pow(0x94D049BB133111EB, -1, 2**64)) & _64
    number ^= number >> 27 ^ number >> 54
    number = (number * pow(0xBF58476D1CE4E5B9, -1, 2**64)) & _64
    return number ^ number >> 30 ^ number >> 60


@pytest.mark.parametrize(("bits", "draw"), [(0, 2.0**-53), (_64, 1 - 2.0**-53)])
def test_even_the_most_extreme_bits_lie_inside_0_and_1(bits, draw):
    key = (unmixed(bits) - (FROZEN.index("offer") + 1) * 0x9E3779B97F4A7C15) & _64
    assert luck.uniform(key, "offer") == draw
    assert 0 < draw < 1


@pytest.mark.parametrize("purpose", luck.PURPOSES)
def test_draws_are_uniform(purpose):
    """66 tests at 1 in 100,000: together a chance of 1 in 1,500 had the seeds not been fixed."""
    assert stats.kstest(luck.uniform(people(), purpose), "uniform").pvalue > 1e-5


def test_draws_of_different_purposes_are_unrelated():
    """2,145 pairs; 5 standard errors leave a chance of 1 in 800 for all of them together."""
    correlation = np.corrcoef(luck.uniform(people(), luck.PURPOSES))
    np.fill_diagonal(correlation, 0)
    assert np.abs(correlation).max() < 5 / np.sqrt(SAMPLE)


def test_draws_of_different_uses_neighbours_seeds_and_kinds_are_unrelated():
    """Each within 4 standard errors of 0: 1 in 16,000 for one pair by chance."""
    rows = np.arange(SAMPLE, dtype=np.uint64)
    first = luck.uniform(people(), "offer")
    others = (
        luck.uniform(people(), "offer", 1),
        np.roll(first, 1),
        luck.uniform(people(seed=2), "offer"),
        luck.uniform(luck.key(1, luck.PAST_CONTACTS, rows), "offer"),
        luck.uniform(luck.key(people(), 2), "offer"),
    )
    assert max(abs(np.corrcoef(first, other)[0, 1]) for other in others) < 4 / np.sqrt(SAMPLE)


def test_the_mean_draw_of_200_neighbouring_seeds_is_not_correlated_from_one_to_the_next():
    """|r| < 0.2 is 2.8 standard errors of 200 seeds."""
    means = np.array([luck.uniform(people(500, seed), "offer").mean() for seed in range(1, 201)])
    assert abs(np.corrcoef(means[1:], means[:-1])[0, 1]) < 0.2
    assert means.std() == pytest.approx(np.sqrt(1 / 12 / 500), rel=0.2)  # 4 standard errors of a standard deviation


def test_a_million_keys_do_not_collide():
    seeds, kinds, rows = np.meshgrid(np.arange(10), np.arange(1, 11), np.arange(10_000), indexing="ij")
    keys = luck.key(*(part.ravel().astype(np.uint64) for part in (seeds, kinds, rows)))
    assert len(np.unique(keys)) == 1_000_000


def test_the_order_of_the_parts_of_a_key_matters():
    assert len({int(luck.key(*parts)[0]) for parts in ((1, 2, 3), (1, 3, 2), (2, 1, 3), (1, 2), (1, 2, 3, 0))}) == 5


# Samplers against independent quantiles ---------------------------------------------------------------


def test_exponential_waits_have_exponential_quantiles():
    assert luck.exponential(DRAWS, 90.0) == pytest.approx(stats.expon.ppf(DRAWS, scale=90), rel=1e-9)


@pytest.mark.parametrize(("median", "mean"), [(14.0, 44.0), (32.0, 44.0), (9.0, 9.0)])
def test_lognormal_waits_have_the_published_median_and_mean(median, mean):
    """The mean of evenly spaced quantiles falls short of the mean by under 1%: the tail beyond the last."""
    sigma = np.sqrt(2 * np.log(mean / median))
    assert luck.lognormal(0.5, median, mean) == pytest.approx(median)
    assert luck.lognormal(EVENLY, median, mean).mean() == pytest.approx(mean, rel=0.01)
    if sigma:
        assert luck.lognormal(DRAWS, median, mean) == pytest.approx(stats.lognorm.ppf(DRAWS, sigma, scale=median))


def test_a_lognormal_wait_found_in_progress_is_met_in_proportion_to_its_length():
    """Its mean is E[X^2] / E[X] = mean^3 / median^2 of the wait itself: here 44^3 / 32^2 = 83.2."""
    whole = luck.lognormal_in_progress(EVENLY, 32.0, 44.0)
    assert whole.mean() == pytest.approx(44**3 / 32**2, rel=0.01)


@pytest.mark.parametrize("variance", [0.1, 1.0, 3.0])
def test_frailty_has_gamma_quantiles_and_mean_1(variance):
    expected = stats.gamma.ppf(DRAWS, 1 / variance, scale=variance)
    assert luck.gamma(DRAWS, variance) == pytest.approx(expected, rel=1e-9)
    ends = np.array([2.0**-40, 2.0**-20, 1 - 2.0**-20, 1 - 2.0**-40])  # where a table would first go wrong
    assert luck.gamma(ends, variance) == pytest.approx(variance * special.gammaincinv(1 / variance, ends), rel=1e-11)
    assert luck.gamma(EVENLY, variance).mean() == pytest.approx(1, rel=0.001)


def test_people_met_again_have_the_frailty_of_people_met_in_proportion_to_it():
    """Weighted by itself, a gamma variable of mean 1 and variance v has mean 1 + v."""
    assert luck.gamma(EVENLY, 0.4, 1).mean() == pytest.approx(1.4, rel=0.001)
    assert luck.gamma(DRAWS[:2], 0.4, np.array([0, 1])).tolist() == [
        luck.gamma(DRAWS[:1], 0.4)[0],
        luck.gamma(DRAWS[1:2], 0.4, 1)[0],
    ]


def test_frailty_without_variance_is_1():
    assert luck.gamma(DRAWS, 0).tolist() == [1.0] * len(DRAWS)


@pytest.mark.parametrize(("mean", "spread"), [(0.25, 0.3), (0.7, 0.05), (0.5, 1 / 3)])
def test_readiness_has_beta_quantiles_with_the_stated_mean_and_spread(mean, spread):
    strength = 1 / spread - 1
    expected = stats.beta.ppf(DRAWS, mean * strength, (1 - mean) * strength)
    assert luck.beta(DRAWS, mean, spread) == pytest.approx(expected, rel=1e-7, abs=1e-12)
    evenly = luck.beta(EVENLY, mean, spread)
    assert evenly.mean() == pytest.approx(mean, rel=1e-3)
    assert evenly.var() == pytest.approx(spread * mean * (1 - mean), rel=1e-3)


def test_readiness_is_the_same_for_all_or_all_or_nothing_at_the_ends():
    assert luck.beta(DRAWS, 0.3, 0).tolist() == [0.3] * len(DRAWS)
    assert luck.beta(DRAWS, 0.0, 0.3).tolist() == [0.0] * len(DRAWS)
    assert luck.beta(DRAWS, 1.0, 0.3).tolist() == [1.0] * len(DRAWS)
    assert luck.beta(EVENLY, 0.3, 1).mean() == pytest.approx(0.3)
    assert set(luck.beta(EVENLY, 0.3, 1)) == {0.0, 1.0}


@pytest.mark.parametrize("spread", [0, 0.05, 0.3, 0.9, 1])
def test_a_higher_mean_readiness_lowers_nobodys(spread):
    means = np.linspace(0, 1, 21)
    readiness = np.array([luck.beta(DRAWS, mean, spread) for mean in means])
    assert (np.diff(readiness, axis=0) >= 0).all()


@pytest.mark.parametrize("mean", [1e-9, 0.001, 0.5, 3.0, 40.0, 2000.0])
def test_counts_have_poisson_quantiles(mean):
    assert luck.poisson(DRAWS, mean).tolist() == stats.poisson.ppf(DRAWS, mean).tolist()
    assert luck.poisson(EVENLY, mean).mean() == pytest.approx(mean, rel=0.001, abs=1e-5)


def test_nobody_comes_at_rate_0_and_rates_may_differ():
    assert luck.poisson(DRAWS, 0.0).tolist() == [0] * len(DRAWS)
    counts = luck.poisson(np.full((2, 3), 0.5), np.array([[0.0, 3.0, 40.0]]))
    assert counts.tolist() == [[0, 3, 40]] * 2
    assert counts.dtype == np.int64


def test_choice_falls_where_the_cumulated_shares_say():
    assert luck.choose(np.array([0.0, 0.199, 0.2, 0.499, 0.5, 0.9999]), [0.2, 0.3, 0.5]).tolist() == [0, 0, 1, 1, 2, 2]
    assert luck.choose(np.array([1e-12, 0.5, 1 - 1e-12]), [0.0, 1.0, 0.0]).tolist() == [1, 1, 1]
    assert np.bincount(luck.choose(EVENLY, [0.1, 0.6, 0.3])).tolist() == [10_000, 60_000, 30_000]


def test_choice_by_row_is_the_same_choice_from_each_ones_own_shares():
    shares = np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]])
    rows = np.arange(3_000) % 3
    draws = EVENLY[:: len(EVENLY) // 3_000][:3_000]
    own = [int(luck.choose(draw, shares[row])) for draw, row in zip(draws, rows, strict=True)]
    assert luck.choose_by_row(draws, shares, rows).tolist() == own
    assert luck.choose_by_row(np.array([1 - 1e-17]), np.array([[0.1] * 10]), np.array([0])).tolist() == [9]


def test_draws_that_lean_have_the_normal_quantiles_of_their_leaning():
    """A draw is moved on the normal scale; at 0.3 of the variance by sqrt(0.3) x the leaning."""
    expected = stats.norm.cdf(np.sqrt(0.3) * 1.5 + np.sqrt(0.7) * stats.norm.ppf(DRAWS))
    assert luck.lean(DRAWS, 1.5, 0.3) == pytest.approx(expected, rel=1e-9)
    assert luck.lean(DRAWS, 1.5, 0).tolist() == DRAWS.tolist()
    assert luck.lean(DRAWS, 1.5, 1) == pytest.approx([stats.norm.cdf(1.5)] * len(DRAWS))


@pytest.mark.parametrize("share", [0.05, 0.5, 1])
def test_draws_that_lean_are_still_evenly_spread_over_all_leanings(share):
    """Every leaning with every draw, 1,000 of each: the grid misses a tenth by under 1 in 300."""
    grid = (np.arange(1_000) + 0.5) / 1_000
    moved = luck.lean(grid[:, None], stats.norm.ppf(grid), share)
    assert np.histogram(moved, 10, (0, 1))[0] / moved.size == pytest.approx([0.1] * 10, abs=0.1 / 300)


def test_spread_evenly_keeps_the_order_and_leaves_no_chance_in_the_sample():
    assert luck.spread_evenly(np.array([0.9, 0.1, 0.5, 0.2])).tolist() == [0.875, 0.125, 0.625, 0.375]
    assert luck.spread_evenly(np.empty(0)).tolist() == []


def test_whole_days_are_rounded_and_at_least_1():
    assert luck.whole_days(np.array([0.0, 0.4, 1.4, 2.6, np.inf])).tolist() == [1, 1, 1, 3, 2**30]
