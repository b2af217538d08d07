//! Every question that can be asked of `permit`, and its answer: as a table that a person reads in
//! review, and as rules in words that hold whatever the table says.

use std::fmt::Write as _;
use std::path::Path;

use hearth_domain::denied::Denied;
use hearth_domain::event::Scope;
use hearth_domain::model::{AccountState, ChannelKind, ChannelRole, Posting, Role};
use hearth_domain::permit::{
    Actor, Ask, ChannelAct, OfficeAct, Permit, Standing, permit, read as permit_read,
};
use hearth_domain::scopes::Grant;

use crate::cast::{self, KINDS, PLACES, POSTINGS, ROLES, STATES};

const ME: u8 = 1;
const OTHER: u8 = 2;

fn channel_acts() -> [(&'static str, ChannelAct); 16] {
    let (me, other) = (cast::user_id(ME), cast::user_id(OTHER));
    [
        ("read", ChannelAct::Read),
        ("keep place", ChannelAct::KeepPlace),
        ("post", ChannelAct::Post),
        ("reply", ChannelAct::Reply),
        ("react", ChannelAct::React),
        ("pin", ChannelAct::Pin),
        ("edit one's own", ChannelAct::Edit { author: me }),
        ("edit another's", ChannelAct::Edit { author: other }),
        ("delete one's own", ChannelAct::Delete { author: me }),
        ("delete another's", ChannelAct::Delete { author: other }),
        ("join", ChannelAct::Join),
        ("leave", ChannelAct::Leave),
        ("add a member", ChannelAct::AddMember),
        ("manage members", ChannelAct::ManageMembers),
        ("configure", ChannelAct::Configure),
        ("archive", ChannelAct::Archive),
    ]
}

fn office_acts() -> Vec<(String, OfficeAct)> {
    let mut acts = vec![
        ("take part".to_owned(), OfficeAct::TakePart),
        ("use files".to_owned(), OfficeAct::UseFiles),
        ("browse channels".to_owned(), OfficeAct::BrowseChannels),
        ("open a channel".to_owned(), OfficeAct::OpenChannel),
        ("open a direct conversation".to_owned(), OfficeAct::OpenDirect),
        ("manage the office".to_owned(), OfficeAct::Manage),
        ("see the machine".to_owned(), OfficeAct::SeeMachine),
        ("take a backup away".to_owned(), OfficeAct::TakeBackup),
        ("name who runs a channel that nobody runs".to_owned(), OfficeAct::RescueChannel),
    ];
    acts.extend(ROLES.map(|role| (format!("invite {role:?}"), OfficeAct::Invite { role })));
    acts.extend(
        ROLES.map(|of| (format!("change account {of:?}"), OfficeAct::ChangeAccount { of })),
    );
    for of in ROLES {
        let change = |to| (format!("make {of:?} {to:?}"), OfficeAct::ChangeRole { of, to });
        acts.extend(ROLES.map(change));
    }
    acts
}

#[derive(Debug)]
struct Case {
    actor: Actor,
    standing: Standing,
}

impl Case {
    fn ask(&self, act: ChannelAct) -> Result<Permit, Denied> {
        permit(&self.actor, Ask::Channel(act, &self.standing))
    }

    fn kind(&self) -> ChannelKind {
        self.standing.channel.kind
    }

    fn is_archived(&self) -> bool {
        self.standing.channel.archived_at.is_some()
    }

    fn is_member(&self) -> bool {
        self.standing.member.is_some()
    }

    fn is_active(&self) -> bool {
        self.actor.state == AccountState::Active
    }

    /// Whether they manage the channel or, in a channel with a name, run the office.
    fn runs_it(&self) -> bool {
        let manages = self.standing.member == Some(ChannelRole::Manager);
        !self.standing.channel.is_direct()
            && ((manages && self.actor.role > Role::Guest) || self.actor.role >= Role::Admin)
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for role in ROLES {
        for state in STATES {
            for kind in KINDS {
                for member in PLACES {
                    for posting in POSTINGS {
                        for archived in [None, Some(cast::NOW)] {
                            let actor =
                                Actor { id: cast::user_id(ME), role, state, grant: Grant::Whole };
                            let mut standing = cast::standing(kind, member);
                            standing.channel.posting = posting;
                            standing.channel.archived_at = archived;
                            cases.push(Case { actor, standing });
                        }
                    }
                }
            }
        }
    }
    cases
}

fn letter(answer: Result<Permit, Denied>) -> char {
    match answer {
        Ok(_) => '+',
        Err(Denied::Forbidden) => '-',
        Err(Denied::NotFound) => '?',
        Err(Denied::ChannelArchived) => 'a',
        Err(Denied::DirectIsFixed) => 'd',
        Err(Denied::AccountDisabled) => 'x',
        Err(other) => panic!("permit never says {other:?}"),
    }
}

fn table() -> String {
    let mut table = String::from(
        "Answers of `permit`: + granted, - forbidden, ? not found, a archived,\n\
         d direct conversations are fixed, x the account is disabled.\n\
         Written by HEARTH_BLESS=1; read the difference before you commit it.\n\nIn a channel:\n",
    );
    for (at, (name, _)) in channel_acts().iter().enumerate() {
        writeln!(table, "{}{name}", "|".repeat(at)).unwrap();
    }
    for case in cases() {
        let answers: String =
            channel_acts().iter().map(|(_, act)| letter(case.ask(*act))).collect();
        let Standing { channel, member } = &case.standing;
        let place = member.map_or("outside".to_owned(), |role| format!("{role:?}").to_lowercase());
        let archived = if case.is_archived() { "archived" } else { "in use" };
        let Actor { role, state, .. } = case.actor;
        let line = format!(
            "{answers} {role:?} {state:?}, {place}, {:?} {archived}, {:?} may post",
            channel.kind, channel.posting
        );
        writeln!(table, "{line}").unwrap();
    }
    table.push_str("\nIn the office, as guest, member, admin, owner; then the same, disabled:\n");
    for (name, act) in office_acts() {
        let answers = STATES.map(|state| {
            let ask = |role| Actor { id: cast::user_id(ME), role, state, grant: Grant::Whole };
            ROLES
                .map(|role| letter(permit(&ask(role), Ask::Office(act))))
                .iter()
                .collect::<String>()
        });
        writeln!(table, "{} {name}", answers.join(" ")).unwrap();
    }
    table
}

#[test]
fn every_answer_is_in_the_golden_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/permits.txt");
    let table = table();
    if std::env::var_os("HEARTH_BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let changed = golden.lines().zip(table.lines()).find(|(golden, now)| golden != now);
    assert_eq!(changed, None, "a rule changed; HEARTH_BLESS=1 accepts it");
    assert_eq!(golden.len(), table.len(), "the table has other lines; HEARTH_BLESS=1 accepts them");
}

/// Asserts an expectation about one act over all cases; `None` leaves a case to other rules.
fn rule(act: ChannelAct, expect: impl Fn(&Case) -> Option<bool>) {
    let mut met = [0, 0];
    for case in cases() {
        let Some(granted) = expect(&case) else { continue };
        assert_eq!(case.ask(act).is_ok(), granted, "{act:?} in {case:?}");
        met[usize::from(granted)] += 1;
    }
    assert!(met[0] > 0, "{act:?}: the rule refuses nobody");
}

#[test]
fn a_disabled_account_may_nothing() {
    for case in cases().iter().filter(|case| !case.is_active()) {
        for (name, act) in channel_acts() {
            assert_eq!(case.ask(act), Err(Denied::AccountDisabled), "{name}");
        }
        for (name, act) in office_acts() {
            let answer = permit(&case.actor, Ask::Office(act));
            assert_eq!(answer, Err(Denied::AccountDisabled), "{name}");
        }
    }
}

#[test]
fn who_is_outside_a_closed_conversation_learns_nothing_not_even_an_owner() {
    let outside = |case: &Case| case.is_active() && !case.is_member();
    for case in cases().iter().filter(|case| outside(case)) {
        if case.kind() == ChannelKind::Public && case.actor.role > Role::Guest {
            continue;
        }
        for (name, act) in channel_acts() {
            assert_eq!(case.ask(act), Err(Denied::NotFound), "{name} in {case:?}");
        }
    }
}

#[test]
fn members_read_and_public_channels_are_open_to_all_but_guests() {
    rule(ChannelAct::Read, |case| {
        let open = case.kind() == ChannelKind::Public && case.actor.role > Role::Guest;
        Some(case.is_active() && (case.is_member() || open))
    });
    for case in cases() {
        let can_read = permit_read(&case.actor, &case.standing);
        assert_eq!(can_read.is_ok(), case.ask(ChannelAct::Read).is_ok());
        if let Ok(proof) = can_read {
            assert_eq!((proof.user(), proof.channel()), (case.actor.id, case.standing.channel.id));
        }
    }
}

#[test]
fn guests_never_join_by_themselves_and_never_run_anything() {
    let guests = |case: &Case| (case.actor.role == Role::Guest).then_some(false);
    for act in [
        ChannelAct::Join,
        ChannelAct::AddMember,
        ChannelAct::ManageMembers,
        ChannelAct::Configure,
        ChannelAct::Archive,
        ChannelAct::Pin,
        ChannelAct::Delete { author: cast::user_id(OTHER) },
    ] {
        rule(act, guests);
    }
    for (name, act) in office_acts() {
        let granted = permit(&cast::actor(ME, Role::Guest), Ask::Office(act)).is_ok();
        let everybody = [OfficeAct::TakePart, OfficeAct::UseFiles, OfficeAct::SeeMachine];
        assert_eq!(granted, everybody.contains(&act), "{name}");
    }
}

#[test]
fn an_archived_channel_is_read_left_and_brought_back_but_not_changed() {
    let kept = [ChannelAct::Read, ChannelAct::KeepPlace, ChannelAct::Leave, ChannelAct::Archive];
    for case in cases().iter().filter(|case| case.is_archived()) {
        for (name, act) in channel_acts() {
            assert!(case.ask(act).is_err() || kept.contains(&act), "{name} in {case:?}");
        }
    }
    let members =
        |case: &Case| (case.is_archived() && case.is_member() && case.is_active()).then_some(true);
    assert!(cases().iter().any(|case| members(case).is_some()));
    for case in cases().iter().filter(|case| members(case).is_some()) {
        assert!(case.ask(ChannelAct::Read).is_ok());
        assert!(case.ask(ChannelAct::KeepPlace).is_ok());
    }
}

#[test]
fn the_people_and_the_shape_of_a_direct_conversation_are_fixed() {
    let direct = |case: &Case| case.standing.channel.is_direct().then_some(false);
    for act in [
        ChannelAct::Join,
        ChannelAct::Leave,
        ChannelAct::AddMember,
        ChannelAct::ManageMembers,
        ChannelAct::Configure,
        ChannelAct::Archive,
        ChannelAct::Delete { author: cast::user_id(OTHER) },
    ] {
        rule(act, direct);
    }
}

#[test]
fn only_members_write_and_in_an_announcement_channel_only_who_runs_it_begins() {
    let writes = |case: &Case| case.is_active() && case.is_member() && !case.is_archived();
    rule(ChannelAct::Reply, |case| Some(writes(case)));
    rule(ChannelAct::React, |case| Some(writes(case)));
    rule(ChannelAct::Post, |case| {
        let open = case.standing.channel.posting == Posting::Everyone;
        Some(writes(case) && (open || case.runs_it()))
    });
}

#[test]
fn nobody_edits_another_persons_words() {
    rule(ChannelAct::Edit { author: cast::user_id(OTHER) }, |_| Some(false));
    let writes = |case: &Case| case.is_active() && case.is_member() && !case.is_archived();
    rule(ChannelAct::Edit { author: cast::user_id(ME) }, |case| Some(writes(case)));
    rule(ChannelAct::Delete { author: cast::user_id(ME) }, |case| Some(writes(case)));
    rule(ChannelAct::Delete { author: cast::user_id(OTHER) }, |case| {
        Some(writes(case) && case.runs_it())
    });
}

#[test]
fn who_runs_a_channel_configures_it_and_nobody_else() {
    let finds = |case: &Case| case.is_member() || case.kind() == ChannelKind::Public;
    let runs = move |case: &Case| case.is_active() && finds(case) && case.runs_it();
    rule(ChannelAct::Archive, move |case| Some(runs(case)));
    rule(ChannelAct::Configure, move |case| Some(runs(case) && !case.is_archived()));
    rule(ChannelAct::ManageMembers, move |case| Some(runs(case) && !case.is_archived()));
}

#[test]
fn nobody_touches_who_ranks_above_them_or_makes_somebody_their_better() {
    for role in ROLES {
        let granted = |act| permit(&cast::actor(ME, role), Ask::Office(act)).is_ok();
        for of in ROLES {
            let above = of > role || (of == Role::Owner && role < Role::Owner);
            let may = role >= Role::Admin && !above;
            assert_eq!(granted(OfficeAct::ChangeAccount { of }), may, "{role:?} {of:?}");
            assert_eq!(granted(OfficeAct::Invite { role: of }), may, "{role:?} {of:?}");
            for to in ROLES {
                let answer = granted(OfficeAct::ChangeRole { of, to });
                assert_eq!(answer, may && to <= role, "{role:?} {of:?} {to:?}");
            }
        }
    }
}

#[test]
fn a_permit_says_who_and_where() {
    let actor = cast::actor(ME, Role::Owner);
    let standing = cast::standing(ChannelKind::Public, Some(ChannelRole::Member));
    let here = permit(&actor, Ask::Channel(ChannelAct::Post, &standing)).unwrap();
    assert_eq!(here.scope(Scope::Office), Scope::Channel(standing.channel.id));
    let office = permit(&actor, Ask::Office(OfficeAct::Manage)).unwrap();
    assert_eq!((office.actor(), office.scope(Scope::Members)), (actor.id, Scope::Members));
}
