//! The pages of those who run the office: what they show, what they change, and what is noted of it.

mod audit;
mod backups;
mod health;
mod people;
