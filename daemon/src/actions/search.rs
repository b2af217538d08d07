//! Finding messages. The query is read, the names in it are found, the index proposes, each proposed
//! message is looked at as it is now, and the best are shown.
//!
//! All of it in one snapshot: who may read is as old as what is read.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Instant;

use hearth_domain::file::Attachment;
use hearth_domain::id::{ChannelId, Seq, UserId};
use hearth_domain::permit::{self, Actor, Readable, Standing};
use hearth_domain::search::dates::Today;
use hearth_domain::search::fold::fold;
use hearth_domain::search::found::{self, Fragment, Lookout};
use hearth_domain::search::{Flaw, FlawKind, Named, Operator, Query, Sign, parse};
use hearth_domain::time::Timestamp;
use hearth_store::ReadTx;
use hearth_store::chat::{channels, people};
use hearth_store::search::{Ask, Hit, Hits, Search};
use hearth_wire::limits::{SEARCH_HITS_DEFAULT, SEARCH_HITS_MAX, SEARCH_RANKED_MAX};
use hearth_wire::search::{FileHit, SearchHit, SearchNext, SearchPage, SearchQuery, SearchSort};

use super::{ActionResult, look};
use crate::app::App;

/// Messages that the index proposes at a time, though fewer are missing: some may not fit.
const PROPOSED_MIN: usize = 50;
/// How far a clock can be away from UTC, in minutes.
const UTC_OFFSET_MIN_MAX: i32 = 18 * 60;

/// Messages that fit a query, among those that somebody may read.
///
/// # Errors
/// When the query is over a limit, or the person has too many searches under way.
pub async fn search(app: &App, user: UserId, wanted: SearchQuery) -> ActionResult<SearchPage> {
    let begun = Instant::now();
    let now = app.clock.now();
    let offset_min = wanted.utc_offset_min.clamp(-UTC_OFFSET_MIN_MAX, UTC_OFFSET_MIN_MAX);
    let query = parse(&wanted.q, Today { now, offset_min })?;
    let _turn = app.searches.take(user).await?;
    let search = app.search.clone();
    let page = look(app, user, move |tx, actor| {
        let asked = Asked { query, wanted, now };
        asked.answer(tx, actor, &search)
    });
    let page = page.await?;
    metrics::histogram!("hearth_search_seconds").record(begun.elapsed());
    Ok(page)
}

struct Asked {
    query: Query,
    wanted: SearchQuery,
    now: Timestamp,
}

/// A message that fits.
struct Match {
    hit: Hit,
    rank: f64,
    /// Where in its text.
    places: Vec<Range<usize>>,
    /// Where in the names of its files.
    names: Vec<Vec<Range<usize>>>,
    /// What to show of the texts in its files, by their places.
    contents: Vec<(usize, Vec<Fragment>)>,
}

impl Asked {
    fn answer(
        mut self,
        tx: &ReadTx<'_>,
        actor: &Actor,
        search: &Search,
    ) -> ActionResult<SearchPage> {
        let standings = channels::standings(tx, actor.id)?;
        let readable = permit::readable(actor, &standings)?;
        let names = Names { tx, standings: &standings, me: actor.id };
        let readable = self.within(&names, readable)?;
        let from = self.from(&names)?;
        let behind = search.progress().behind();
        if !self.query.flaws.is_empty() || self.query.is_empty() {
            let flaws = self.query.flaws;
            let (hits, channels) = (Vec::new(), Vec::new());
            return Ok(SearchPage { hits, channels, next: None, flaws, behind });
        }
        let ask = Ask {
            terms: self.query.terms.clone(),
            from,
            traits: self.query.filters.traits.clone(),
            since: self.query.filters.since,
            before: self.query.filters.before,
            below: self.wanted.below,
        };
        let (hits, next) = search.look(tx, (&readable, &ask), |hits| self.find(hits))?;
        let here: HashSet<ChannelId> = hits.iter().map(|hit: &SearchHit| hit.channel).collect();
        let channels = standings.into_iter().map(|standing| standing.channel);
        let channels = channels.filter(|channel| here.contains(&channel.id)).collect();
        Ok(SearchPage { hits, channels, next, flaws: Vec::new(), behind })
    }

    fn find(&self, hits: &mut Hits<'_, '_>) -> ActionResult<(Vec<SearchHit>, Option<SearchNext>)> {
        let limit = self.wanted.limit.unwrap_or(SEARCH_HITS_DEFAULT).clamp(1, SEARCH_HITS_MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let newest = self.wanted.sort == SearchSort::Newest;
        let max = if newest { limit } else { SEARCH_RANKED_MAX };
        let (mut matches, rest) = self.collect(hits, max)?;
        let further = rest.map(|below| SearchNext { below, skip: 0 });
        if newest {
            return Ok((matches.into_iter().map(show).collect(), further));
        }
        let top = matches.first().map_or(Seq(0), |first| first.hit.seq.next());
        matches.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(b.hit.seq.cmp(&a.hit.seq)));
        let skip = usize::try_from(self.wanted.skip).unwrap_or(usize::MAX);
        let shown = matches.len().min(skip.saturating_add(limit));
        let next = if shown < matches.len() {
            let skip = u32::try_from(shown).unwrap_or(u32::MAX);
            Some(SearchNext { below: self.wanted.below.unwrap_or(top), skip })
        } else {
            further
        };
        Ok((matches.into_iter().take(shown).skip(skip).map(show).collect(), next))
    }

    /// The latest messages that fit, at most `max`, and where further ones may be.
    fn collect(
        &self,
        hits: &mut Hits<'_, '_>,
        max: usize,
    ) -> ActionResult<(Vec<Match>, Option<Seq>)> {
        let mut matches: Vec<Match> = Vec::new();
        let mut late = None;
        while matches.len() < max && late.is_none() {
            let proposed = hits.next((max - matches.len()).max(PROPOSED_MIN))?;
            if proposed.is_empty() {
                break;
            }
            for hit in proposed {
                let seq = hit.seq;
                matches.extend(self.fitting(hits, hit));
                // What stands in files takes time to read: the next page goes on from here.
                if hits.is_late() {
                    late = Some(seq);
                    break;
                }
            }
        }
        let left_over = matches.len() > max;
        matches.truncate(max);
        let cut = matches.last().filter(|_| left_over).map(|last| last.hit.seq);
        Ok((matches, cut.or(late).or_else(|| hits.rest())))
    }

    /// The message, if it is what is asked for. The texts in its files are read only where they could
    /// make a difference.
    fn fitting(&self, hits: &Hits<'_, '_>, hit: Hit) -> Option<Match> {
        let mut lookout = Lookout::new(&self.query.terms);
        let places = lookout.look(&hit.text);
        let names = hit.files.iter().map(|file| lookout.look(file.name.as_str())).collect();
        let mut contents = Vec::new();
        if lookout.is_open() {
            for (file, text) in hits.texts(&hit) {
                let places = lookout.look(&text);
                if !places.is_empty() {
                    contents.push((file, found::excerpt(&text, &places)));
                }
            }
        }
        let rank = found::rank(lookout.fit()?, self.now.ms_since(hit.created_at));
        Some(Match { hit, rank, places, names, contents })
    }

    /// Only the conversations that are asked for.
    fn within(&mut self, names: &Names<'_, '_>, readable: Readable) -> ActionResult<Readable> {
        let mut wanted: Option<Vec<ChannelId>> = None;
        let mut unwanted = Vec::new();
        for place in &self.query.filters.within {
            let found = names.channels(&place.what, &readable)?;
            if found.is_empty() {
                self.query.flaws.push(unknown(Operator::In));
            }
            if place.negated {
                unwanted.extend(found);
            } else {
                wanted.get_or_insert_default().extend(found);
            }
        }
        Ok(readable.only(|channel| {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(&channel))
                && !unwanted.contains(&channel)
        }))
    }

    /// The people that are asked for.
    fn from(&mut self, names: &Names<'_, '_>) -> ActionResult<Vec<Sign<UserId>>> {
        let mut from = Vec::new();
        for Sign { what, negated } in &self.query.filters.from {
            let found = names.people(what)?;
            if found.is_empty() {
                self.query.flaws.push(unknown(Operator::From));
            }
            from.extend(found.into_iter().map(|what| Sign { what, negated: *negated }));
        }
        Ok(from)
    }
}

const fn unknown(operator: Operator) -> Flaw {
    Flaw { operator, kind: FlawKind::Unknown }
}

fn show(Match { hit, places, names, mut contents, .. }: Match) -> SearchHit {
    let file = |(at, (file, places)): (usize, (Attachment, Vec<Range<usize>>))| {
        let name = found::marked(file.name.as_str(), &places);
        let excerpt = contents.iter_mut().find(|(of, _)| *of == at);
        let excerpt = excerpt.map(|(_, excerpt)| std::mem::take(excerpt)).unwrap_or_default();
        FileHit { file, name, excerpt }
    };
    SearchHit {
        message: hit.id,
        seq: hit.seq,
        channel: hit.channel,
        root: hit.root,
        author: hit.author,
        created_at: hit.created_at,
        edited_at: hit.edited_at,
        excerpt: found::excerpt(&hit.text, &places),
        files: hit.files.into_iter().zip(names).enumerate().map(file).collect(),
    }
}

/// Who and what is called by a name, as far as somebody may know.
struct Names<'a, 'c> {
    tx: &'a ReadTx<'c>,
    standings: &'a [Standing],
    me: UserId,
}

impl Names<'_, '_> {
    /// People of this handle or name, else those whose name has it in it.
    fn people(&self, named: &Named) -> ActionResult<Vec<UserId>> {
        let Named::Name(name) = named else { return Ok(vec![self.me]) };
        let users = people::users(self.tx)?;
        let ids = |fits: &dyn Fn(&str) -> bool| -> Vec<UserId> {
            let called = users.iter().filter(|user| {
                fits(&fold(user.handle.as_str())) || fits(&fold(user.name.as_str()))
            });
            called.map(|user| user.id).collect()
        };
        Ok(exactly_or_in(name, ids))
    }

    /// Conversations of this name, else the direct one with this person, else those whose name has
    /// it in it.
    fn channels(&self, named: &Named, readable: &Readable) -> ActionResult<Vec<ChannelId>> {
        let Named::Name(name) = named else { return Ok(Vec::new()) };
        let ids = |fits: &dyn Fn(&str) -> bool| -> Vec<ChannelId> {
            let channels = self.standings.iter().map(|standing| &standing.channel);
            let called = channels.filter(|channel| {
                readable.has(channel.id)
                    && channel.name.as_ref().is_some_and(|name| fits(&fold(name.as_str())))
            });
            called.map(|channel| channel.id).collect()
        };
        let found = exactly_or_in(name, ids);
        if !found.is_empty() {
            return Ok(found);
        }
        let mut directs = Vec::new();
        for person in self.people(named)? {
            let direct = channels::direct_of(self.tx, &[self.me, person])?;
            directs.extend(direct.filter(|channel| readable.has(*channel)));
        }
        Ok(directs)
    }
}

/// What is called exactly so; if nothing is, what has the name in its own.
fn exactly_or_in<T>(name: &str, ids: impl Fn(&dyn Fn(&str) -> bool) -> Vec<T>) -> Vec<T> {
    let exactly = ids(&|called| called == name);
    if exactly.is_empty() { ids(&|called| called.contains(name)) } else { exactly }
}
