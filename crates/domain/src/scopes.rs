//! What a bot was given. A bot may do what its role and its places in channels allow, and of that
//! only what its scopes name. They belong to the bot and are read with it in every transaction, so
//! that a scope that is taken away is gone with the next request, whichever token it shows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing a bot may be given.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum BotScope {
    /// See the office and read the channels it finds.
    Read,
    /// Write, change and pin messages.
    Post,
    /// Put emoji on messages.
    React,
    /// Open, join and leave channels, and run those it manages.
    Channels,
    /// Send files, and open those of the channels it reads.
    Files,
}

impl BotScope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Read, Self::Post, Self::React, Self::Channels, Self::Files];

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of scopes; as JSON a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(from = "Vec<BotScope>", into = "Vec<BotScope>")]
#[schema(value_type = Vec<BotScope>)]
pub struct BotScopes(u8);

impl BotScopes {
    /// The scopes behind stored bits; bits that name none are dropped.
    #[must_use]
    pub fn from_bits(bits: u8) -> Self {
        BotScope::ALL.into_iter().filter(|scope| bits & scope.bit() != 0).collect()
    }

    /// The bits to store. They never change.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether a scope is in it.
    #[must_use]
    pub const fn has(self, scope: BotScope) -> bool {
        self.0 & scope.bit() != 0
    }
}

impl FromIterator<BotScope> for BotScopes {
    fn from_iter<I: IntoIterator<Item = BotScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl From<Vec<BotScope>> for BotScopes {
    fn from(scopes: Vec<BotScope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<BotScopes> for Vec<BotScope> {
    fn from(scopes: BotScopes) -> Self {
        BotScope::ALL.into_iter().filter(|scope| scopes.has(*scope)).collect()
    }
}

/// How much of what a role may somebody was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// All of it: a person.
    Whole,
    /// Of it what these scopes name: a bot.
    Limited(BotScopes),
}

impl Grant {
    /// Whether it covers an act that needs `scope`; no scope stands for an act that no bot does.
    #[must_use]
    pub fn covers(self, scope: Option<BotScope>) -> bool {
        match self {
            Self::Whole => true,
            Self::Limited(scopes) => scope.is_some_and(|scope| scopes.has(scope)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_survive_storage_and_json() {
        for bits in 0..32 {
            let scopes = BotScopes::from_bits(bits);
            assert_eq!(scopes.bits(), bits);
            let json = serde_json::to_string(&scopes).unwrap();
            assert_eq!(serde_json::from_str::<BotScopes>(&json).unwrap(), scopes);
        }
        assert_eq!(BotScopes::from_bits(0xff).bits(), 0x1f);
        let json = serde_json::to_string(&BotScopes::from_bits(5)).unwrap();
        assert_eq!(json, r#"["read","react"]"#);
        assert!(serde_json::from_str::<BotScopes>(r#"["manage"]"#).is_err());
    }

    #[test]
    fn a_bot_without_scopes_may_nothing() {
        let nothing = Grant::Limited(BotScopes::default());
        assert!(BotScope::ALL.into_iter().all(|scope| !nothing.covers(Some(scope))));
        let everything = Grant::Limited(BotScope::ALL.into_iter().collect());
        assert!(BotScope::ALL.into_iter().all(|scope| everything.covers(Some(scope))));
        assert!(!everything.covers(None) && Grant::Whole.covers(None));
    }
}
