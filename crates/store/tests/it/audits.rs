//! The audit log: filled with the act, never changed, bounded.

use hearth_domain::audit::{Act, By, Deed, Hand, Subject};
use hearth_domain::id::UserId;
use hearth_domain::model::{AccountState, Role};
use hearth_domain::permit::{self, Actor, CanManage};
use hearth_domain::scopes::Grant;
use hearth_store::audit::{self, Ask, Entry};
use hearth_store::{DbError, WriteError};

use crate::harness::{NOW, Office};

fn proof(owner: UserId) -> CanManage {
    let owner =
        Actor { id: owner, role: Role::Owner, state: AccountState::Active, grant: Grant::Whole };
    permit::manage(&owner).unwrap()
}

async fn entries(office: &Office, ask: Ask) -> Vec<Entry> {
    let owner = office.owner;
    office.read(move |tx| audit::page(tx, &proof(owner), &ask)).await
}

fn by(owner: UserId) -> By {
    By { hand: Hand::Person { id: owner }, address: "192.0.2.7".to_owned() }
}

async fn note(office: &Office, act: Act) {
    let by = by(office.owner);
    let deed = Deed::new(act, Subject::default()).change("name", "old", "new");
    let noted = office.store.write(NOW, move |tx| tx.audit(&by, &deed));
    noted.await.unwrap();
}

#[tokio::test]
async fn it_is_kept_with_the_act_or_not_at_all() {
    let office = Office::new().await;
    note(&office, Act::OfficeRenamed).await;
    let by = by(office.owner);
    let undone = office.store.write(NOW, move |tx| {
        tx.audit(&by, &Deed::new(Act::UserRole, Subject::default()))?;
        Err::<(), DbError>(DbError::Inconsistent("on purpose"))
    });
    assert!(matches!(undone.await, Err(WriteError::Refused(_))));
    let found = entries(&office, Ask { limit: 10, ..Ask::default() }).await;
    let [entry] = &found[..] else { panic!("{found:?}") };
    assert_eq!((entry.act.as_str(), entry.at), ("office.renamed", NOW));
    assert_eq!(entry.by.hand, Hand::Person { id: office.owner });
    assert_eq!(entry.changes[0].after, "new");
}

#[tokio::test]
async fn pages_go_by_number_and_areas_are_told_apart() {
    let office = Office::new().await;
    for act in [Act::UserRole, Act::GroupMade, Act::UserDisabled] {
        note(&office, act).await;
    }
    let acts = |entries: Vec<Entry>| entries.into_iter().map(|e| e.act).collect::<Vec<_>>();
    let all = entries(&office, Ask { limit: 2, ..Ask::default() }).await;
    let before = Some(all[1].id);
    assert_eq!(acts(all), ["user.disabled", "group.made"]);
    assert_eq!(
        acts(entries(&office, Ask { before, limit: 9, ..Ask::default() }).await),
        ["user.role"]
    );
    let area = Some("user".to_owned());
    let users = entries(&office, Ask { area, limit: 9, ..Ask::default() }).await;
    assert_eq!(acts(users), ["user.disabled", "user.role"]);
    let nobody = Some(UserId::from_bytes([7; 16]));
    assert_eq!(entries(&office, Ask { by: nobody, limit: 9, ..Ask::default() }).await, []);
}

#[tokio::test]
async fn no_statement_changes_a_row() {
    let office = Office::new().await;
    note(&office, Act::OfficeRenamed).await;
    office.store.close().await;
    let conn = rusqlite::Connection::open(office.path()).unwrap();
    let refused = conn.execute("UPDATE audit SET address = ''", []).unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
}
