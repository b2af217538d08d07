//! `hearth user list|add|reset|disable|enable`

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use hearth_domain::model::{AccountState, Role, User as Person};
use hearth_domain::text::{Handle, Name, TextError};

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Show everybody with an account
    List,
    /// Add somebody and print their first password
    Add {
        /// What follows an @
        #[arg(value_parser = handle)]
        handle: Handle,
        /// What is shown; the handle, if nothing is given
        #[arg(long, value_parser = name)]
        name: Option<Name>,
        /// What they may do
        #[arg(long, value_enum, default_value = "member")]
        role: OfficeRole,
    },
    /// Give somebody a new password, print it, and sign them out everywhere
    Reset {
        /// Who
        #[arg(value_parser = handle)]
        handle: Handle,
    },
    /// Switch an account off, at once and everywhere
    Disable {
        /// Who
        #[arg(value_parser = handle)]
        handle: Handle,
    },
    /// Switch an account on again
    Enable {
        /// Who
        #[arg(value_parser = handle)]
        handle: Handle,
    },
}

/// A role as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum OfficeRole {
    Owner,
    Admin,
    Member,
    Guest,
}

impl From<OfficeRole> for Role {
    fn from(role: OfficeRole) -> Self {
        match role {
            OfficeRole::Owner => Self::Owner,
            OfficeRole::Admin => Self::Admin,
            OfficeRole::Member => Self::Member,
            OfficeRole::Guest => Self::Guest,
        }
    }
}

fn handle(text: &str) -> Result<Handle, TextError> {
    Handle::parse(text.trim_start_matches('@'))
}

fn name(text: &str) -> Result<Name, TextError> {
    Name::parse(text)
}

pub(super) fn run(user: &User, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&command(user)?)?;
    let text = match &answer {
        Answer::Users { users } => table(users),
        Answer::Password { handle, password } => {
            format!("The new password of @{handle} (shown this once): {password}")
        }
        Answer::Done {} => "Done.".to_owned(),
        _ => return Err(unexpected()),
    };
    context.output.answer(text.trim_end(), &answer)?;
    Ok(ExitCode::SUCCESS)
}

fn command(user: &User) -> Result<Command, TextError> {
    Ok(match user {
        User::List => Command::UserList {},
        User::Add { handle, name, role } => Command::UserAdd {
            handle: handle.clone(),
            name: match name {
                Some(name) => name.clone(),
                None => Name::parse(&handle.to_string())?,
            },
            role: (*role).into(),
        },
        User::Reset { handle } => Command::UserReset { handle: handle.clone() },
        User::Disable { handle } => Command::UserDisable { handle: handle.clone() },
        User::Enable { handle } => Command::UserEnable { handle: handle.clone() },
    })
}

/// Columns by count of characters, which is as close as plain text comes for mixed scripts.
fn table(users: &[Person]) -> String {
    let width = users.iter().map(|user| user.handle.to_string().chars().count()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for user in users {
        let handle = user.handle.to_string();
        let role = match user.role {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Member => "member",
            Role::Guest => "guest",
        };
        let state = match user.state {
            AccountState::Active => "",
            AccountState::Disabled => " (disabled)",
        };
        text.push_str(&format!("@{handle:<width$}  {role:<6}  {}{state}\n", user.name));
    }
    text
}
