//! Who can be reached. Held in memory only: after a restart everybody is offline until they return.
//!
//! Presence is what breaks chat servers when many reconnect at once (Rocket.Chat issue 21182), so
//! changes are gathered for a second and told in frames of at most [`PEOPLE_PER_FRAME`] people, and
//! somebody who comes back within [`GRACE_TICKS`] never appears to have left.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hearth_domain::id::UserId;
use hearth_wire::frame::{DevicePresence, Presence, PresenceState};

use super::SocketId;

/// Most people in one presence frame.
const PEOPLE_PER_FRAME: usize = 256;
/// Ticks that somebody must be gone before others are told.
const GRACE_TICKS: u32 = 10;

#[derive(Default)]
pub(super) struct PresenceBoard {
    devices: HashMap<UserId, BTreeMap<SocketId, DevicePresence>>,
    told: HashMap<UserId, PresenceState>,
    dirty: BTreeSet<UserId>,
    leaving: HashMap<UserId, u32>,
    tick_open: bool,
}

impl PresenceBoard {
    /// A device appeared, or somebody began or ceased to use it.
    pub(super) fn device(&mut self, user: UserId, id: SocketId, state: DevicePresence) {
        self.devices.entry(user).or_default().insert(id, state);
        self.leaving.remove(&user);
        self.dirty.insert(user);
    }

    /// A device disappeared.
    pub(super) fn gone(&mut self, user: UserId, id: SocketId) {
        let Some(devices) = self.devices.get_mut(&user) else { return };
        devices.remove(&id);
        if devices.is_empty() {
            self.devices.remove(&user);
            self.leaving.insert(user, GRACE_TICKS);
        } else {
            self.dirty.insert(user);
        }
    }

    /// Everybody who is not offline, as others were told.
    pub(super) fn everybody(&self) -> Vec<Presence> {
        self.told
            .iter()
            .filter(|(_, state)| **state != PresenceState::Offline)
            .map(|(user, state)| Presence { user: *user, state: *state })
            .collect()
    }

    /// Those who lost their last device and may be back before anybody is told.
    pub(super) fn leaving(&self) -> impl Iterator<Item = UserId> {
        self.leaving.keys().copied()
    }

    /// The next frame's worth of changes since they were last told; nothing ends the tick.
    pub(super) fn changes(&mut self) -> Option<Vec<Presence>> {
        if !self.tick_open {
            self.tick_open = true;
            self.count_down();
        }
        let mut people = Vec::new();
        while people.len() < PEOPLE_PER_FRAME
            && let Some(user) = self.dirty.pop_first()
        {
            let state = self.state(user);
            if self.told.get(&user).copied().unwrap_or(PresenceState::Offline) == state {
                continue;
            }
            if state == PresenceState::Offline {
                self.told.remove(&user);
            } else {
                self.told.insert(user, state);
            }
            people.push(Presence { user, state });
        }
        self.tick_open = !people.is_empty();
        self.tick_open.then_some(people)
    }

    fn count_down(&mut self) {
        let dirty = &mut self.dirty;
        self.leaving.retain(|user, ticks| {
            *ticks -= 1;
            if *ticks == 0 {
                dirty.insert(*user);
            }
            *ticks > 0
        });
    }

    /// Whether somebody sits in front of one of their devices.
    pub(super) fn is_active(&self, user: UserId) -> bool {
        self.state(user) == PresenceState::Online
    }

    fn state(&self, user: UserId) -> PresenceState {
        match self.devices.get(&user) {
            None => PresenceState::Offline,
            Some(devices) if devices.values().any(|d| *d == DevicePresence::Active) => {
                PresenceState::Online
            }
            Some(_) => PresenceState::Away,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u8) -> UserId {
        UserId::from_bytes([n; 16])
    }

    #[test]
    fn a_short_absence_is_never_told() {
        let mut board = PresenceBoard::default();
        board.device(user(1), SocketId(1), DevicePresence::Active);
        assert_eq!(board.changes().map(|p| p.len()), Some(1));
        assert_eq!(board.changes(), None);
        board.gone(user(1), SocketId(1));
        for _ in 1..GRACE_TICKS {
            assert_eq!(board.changes(), None);
        }
        board.device(user(1), SocketId(2), DevicePresence::Active);
        assert_eq!(board.changes(), None);
        board.gone(user(1), SocketId(2));
        let told: Vec<_> = (0..GRACE_TICKS).filter_map(|_| board.changes()).collect();
        assert_eq!(told, [vec![Presence { user: user(1), state: PresenceState::Offline }]]);
    }

    #[test]
    fn one_active_device_is_enough() {
        let mut board = PresenceBoard::default();
        board.device(user(1), SocketId(1), DevicePresence::Away);
        board.device(user(1), SocketId(2), DevicePresence::Active);
        assert_eq!(board.changes().map(|p| p[0].state), Some(PresenceState::Online));
        board.gone(user(1), SocketId(2));
        while board.changes().is_some() {}
        assert_eq!(board.everybody()[0].state, PresenceState::Away);
    }

    #[test]
    fn three_thousand_arrivals_are_told_in_few_frames() {
        let mut board = PresenceBoard::default();
        for n in 0..3_000_u64 {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            board.device(UserId::from_bytes(bytes), SocketId(n), DevicePresence::Active);
        }
        let frames = std::iter::from_fn(|| board.changes()).count();
        assert_eq!(frames, 3_000_usize.div_ceil(PEOPLE_PER_FRAME));
    }
}
