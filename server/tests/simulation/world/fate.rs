//! What the days bring: who comes, what the office changes, when the server dies and rises.

use precheck_shared::time::day_of;

use super::{DAY, Event, HOUR, MINUTE, World};
use crate::model::{Checked, broken};
use crate::server::{Done, Purpose};
use crate::settings::Fault;
use crate::trace::instant;
use crate::turns::Stage;

impl World {
    /// The process ends at once, or the power goes in the middle of a commit.
    pub(super) async fn dies(&mut self, of_power: bool) {
        if !self.server.is_up() {
            return;
        }
        let share = of_power.then(|| self.network.fraction());
        let torn = self.server.kill(share).await;
        self.trace.count(if torn { "commits torn" } else { "kills" });
        self.trace.tell(self.now, &format!("dies, torn: {torn}"));
        let longest = self.network.pick(&[10_000, MINUTE, 30 * MINUTE, 30 * HOUR]);
        let away = self.network.between(1_000, longest);
        self.after(away, Event::Rise);
    }

    /// It is started; what it touched last is looked at, and nothing may be missing.
    pub(super) async fn rises(&mut self) -> Checked {
        if self.server.is_up() {
            return Ok(());
        }
        self.server.start().await;
        self.believes().await;
        let (policy, now) = (self.server.state().office.policy(), self.server.now());
        let unseen = std::mem::take(&mut self.unseen);
        self.model.look(self.server.witness(), &policy, now, &unseen)?;
        self.model.sums(self.server.witness())
    }

    /// The clock jumps ahead, time's own acts look at it, and it comes back: nothing was done, and the server has said that it
    /// does not believe it.
    pub(super) async fn jumps(&mut self, millis: i64) -> Checked {
        if !self.server.is_up() {
            return Ok(());
        }
        self.trace.count("clock jumps");
        let before = (self.server.written(), self.server.now());
        self.server.set_clock_alone(before.1 + millis);
        let Some(call) = self.server.begin(Purpose::WrongLook, None) else { return Ok(()) };
        let looked = loop {
            match self.server.advance(call).await {
                Some((_, _, Stage::Stopped)) => {}
                Some((_, _, Stage::Done(Done::Looked(looked)))) => break format!("{looked:?}"),
                other => return broken("the server looks at its clock", format!("{}", other.is_some())),
            }
        };
        let says_so = !self.server.state().conditions().is_empty();
        self.server.set_clock_alone(before.1);
        if self.server.written() == before.0 && says_so {
            return Ok(());
        }
        broken("a clock that jumps erases nothing", format!("{} days: {looked}", millis / DAY))
    }

    /// Lets all calls come to their ends, in order.
    pub(crate) async fn finish_calls(&mut self) -> Checked {
        while let Some(call) = self.server.calls().first().copied() {
            self.turn(call).await?;
        }
        Ok(())
    }

    /// A day begins: who comes, what the office does, what goes wrong.
    pub(super) fn day(&mut self) -> Checked {
        if self.server.is_up() {
            self.model.sums(self.server.witness())?;
        }
        self.at(self.now + DAY, Event::Day);
        let is_weekday = (self.now + 9 * HOUR).div_euclid(DAY).rem_euclid(7) != 2
            && (self.now + 9 * HOUR).div_euclid(DAY).rem_euclid(7) != 3;
        let people = self.settings.people * self.office.between(60, 140) / 100;
        for _ in 0..if is_weekday { people } else { people / 4 } {
            let when = self.now + self.office.between(0, DAY);
            self.at(when, Event::Person);
        }
        for _ in 0..12 {
            let when = self.now + self.office.between(0, DAY);
            self.at(when, Event::Jobs);
        }
        let opens = 8 * HOUR + HOUR / 2;
        for officer in 0..if is_weekday { 2 } else { 0 } {
            let mut when = self.now + opens;
            while when < self.now + 17 * HOUR {
                when += self.office.between(20 * MINUTE, 80 * MINUTE);
                self.at(when, Event::Look(officer));
            }
        }
        let (at, length) = (self.office.between(0, DAY), self.office.between(MINUTE, 5 * HOUR));
        for (fault, share, event) in [
            (Fault::Kill, 100, Event::Kill),
            (Fault::ServerClock, 50, Event::Freeze(length)),
            (Fault::Closures, 60, Event::Edition),
            (Fault::Terms, 15, Event::Edition),
        ] {
            let drawn = self.office.hits(share);
            if drawn && self.may_fail(fault) {
                self.at(self.now + at, event);
            }
        }
        let (jumps, at) = (self.clock.hits(300), self.clock.between(0, DAY));
        let far = self.clock.pick(&[4 * DAY, 31 * DAY, 400 * DAY, 9_000 * DAY]);
        if jumps && self.may_fail(Fault::ClockJump) {
            self.at(self.now + at, Event::Jump(far));
        }
        let (drawn, length) = (self.office.hits(60), self.office.between(HOUR, 3 * DAY));
        if drawn {
            self.idle_until = self.now + length;
        }
        Ok(())
    }

    /// The office changes its closures, seats or terms: the server stops in good order, and starts with them.
    pub(super) async fn changes_edition(&mut self) -> Checked {
        if !self.server.is_up() {
            return Ok(());
        }
        self.trace.count("changes of the office");
        let today = day_of(instant(self.now));
        let day = today + chrono::TimeDelta::days(self.office.between(0, 24));
        let (what, seats) = (self.office.between(0, 3), self.office.between(0, 5));
        let edition = &mut self.server.edition;
        match what {
            0 if self.settings.has(Fault::Terms) && edition.revised.len() < 12 => {
                edition.revised.retain(|it| *it != day);
                edition.revised.push(day);
            }
            1 => {
                edition.closures.insert(day, "庁舎設備の点検");
            }
            _ => {
                edition.seats.insert(day, u16::try_from(seats).unwrap_or(2));
                // A closure may be taken back.
                edition.closures.pop_last();
            }
        }
        self.finish_calls().await?;
        if self.server.is_up() {
            self.server.stop().await;
            self.server.start().await;
        }
        Ok(())
    }
}
