//! How much power may be made of: what keeps the junction below its limit whatever the fan does.
//!
//! A fan answers in minutes and has an end; dust and a hot room move that end. Power answers within a
//! second. So the budget stands at all times, and before a burst: with the sink at `Tsink`, a package
//! that takes no more than `(limit − Tsink) / Rj` can't bring its junction above the limit. While the
//! sink is cool this is more than the machine can take, and nobody notices it.

use super::auto::Thermal;
use super::safety::HOT_BELOW_CRITICAL_K;
use super::{Profile, Setup, Wishes};
use crate::units::{Celsius, Seconds, Watts};

/// The junction's limit for the budget: two kelvins below hot, so that the last part of a burst takes
/// a little longer instead of making the fan roar until the junction is 8 K cooler.
const LIMIT_BELOW_CRITICAL_K: f64 = 11.0;
/// What the fanless budget aims at, below critical.
const FANLESS_BELOW_CRITICAL_K: f64 = 17.0;
/// The relative speed that nobody hears over an office: 25 dB below full.
pub(super) const QUIET_SPEED: f64 = 0.35;
/// Longer than this, a forecast says nothing.
pub const HEADROOM_MAX: Seconds = Seconds(3_600.0);

/// What work may be let in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// The power that may be taken at this moment.
    pub allowed: Watts,
    /// The power that may be taken for ever, with the fan at full.
    pub sustained: Watts,
    /// How long the present power can go on, with the fan at full, until the junction is hot; at
    /// most [`HEADROOM_MAX`].
    pub headroom: Seconds,
}

/// The budget of this moment. When nothing is known, nothing may be taken but what the hard layer
/// leaves.
pub(super) fn of(setup: &Setup, thermal: Option<Thermal>, dust: f64) -> Budget {
    let limits = &setup.limits;
    let Some(thermal) = thermal else {
        let (allowed, headroom) = (limits.power_min, Seconds(0.0));
        return Budget { allowed, sustained: allowed, headroom };
    };
    let limit = limits.critical.less(LIMIT_BELOW_CRITICAL_K);
    let allowed = Watts(((limit - thermal.sink) / setup.sink.junction_k_per_w).max(0.0));
    let sustained = setup.sink.sustained(limit, thermal.air, 1.0, dust);
    Budget { allowed, sustained, headroom: headroom(setup, &thermal, dust) }
}

/// What people wish for takes off; a wish that is no number takes nothing off.
pub(super) fn wished(
    budget: Budget,
    setup: &Setup,
    wishes: &Wishes,
    thermal: Option<Thermal>,
) -> Budget {
    let quiet = thermal.filter(|_| wishes.profile == Profile::Quiet).map(|thermal| {
        let aim = setup.limits.critical.less(FANLESS_BELOW_CRITICAL_K);
        setup.sink.sustained(aim, thermal.air, QUIET_SPEED, 1.0)
    });
    let mut allowed = budget.allowed;
    for wish in [quiet, wishes.power_cap].into_iter().flatten() {
        if wish < allowed {
            allowed = Watts(wish.0.max(0.0));
        }
    }
    Budget { allowed, ..budget }
}

/// The power that still air carries away, for a fan that does not turn.
pub(super) fn fanless(setup: &Setup, thermal: Option<Thermal>) -> Watts {
    let aim = setup.limits.critical.less(FANLESS_BELOW_CRITICAL_K);
    let sustained = |thermal: Thermal| setup.sink.sustained(aim, thermal.air, 0.0, 1.0);
    thermal.map_or(setup.limits.power_min, sustained)
}

/// The sink goes exponentially to where the present power brings it.
fn headroom(setup: &Setup, thermal: &Thermal, dust: f64) -> Seconds {
    let conductance = setup.sink.conductance(1.0, dust);
    let hot = setup.limits.critical.less(HOT_BELOW_CRITICAL_K);
    let goal = hot.less(setup.sink.junction_k_per_w * thermal.power.0);
    let end = Celsius(thermal.air.0 + thermal.power.0 / conductance);
    if thermal.sink >= goal {
        return Seconds(0.0);
    }
    if end <= goal {
        return HEADROOM_MAX;
    }
    let constant_s = setup.sink.capacity_j_per_k / conductance;
    let left_s = constant_s * ((end - thermal.sink) / (end - goal)).ln();
    Seconds(left_s.clamp(0.0, HEADROOM_MAX.0))
}
