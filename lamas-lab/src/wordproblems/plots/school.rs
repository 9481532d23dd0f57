//! Lessons, tests, libraries and habits.

use crate::wordproblems::story::{Story, bare, count, dollars, measure, of};
use crate::wordproblems::words::{Amount, Thing, n_of, spelled};

/// The mark still needed for an average.
pub(super) fn marks(s: &mut Story) {
    let p = s.person();
    let tests = s.int(3, 5);
    let goal = s.int(80, 92);
    let scores: Vec<i64> = (0..tests).map(|_| s.int(70, 98)).collect();
    let needed = goal * (tests + 1) - scores.iter().sum::<i64>();
    s.require((60..=100).contains(&needed));
    let listed: Vec<String> = scores[..scores.len() - 1].iter().map(i64::to_string).collect();
    let subject = s.pick(&["geography", "mathematics", "Spanish", "chemistry", "history"]);
    s.say(&format!(
        "So far {p} has scored {} and {} points on {} {subject} tests.",
        listed.join(", "),
        scores[scores.len() - 1],
        spelled(tests)
    ));
    s.say_either(&[
        &format!("After the next test {} wants an average of {goal} points.", p.she),
        &format!(
            "{} would like the average of all {} tests to be {goal} once the next one is done.",
            p.she,
            spelled(tests + 1)
        ),
    ]);
    let terms: Vec<Amount> = scores.iter().map(|&score| score.into()).collect();
    let have = s.sum(&format!("so far {p} has"), &terms, count("point", "points"));
    let all = s.add("with the next one there are", tests, 1, count("test", "tests"));
    let sum = s.mul("for the average the sum must be", goal, all, count("point", "points"));
    s.sub("the next test must bring", sum, have, count("point", "points"));
    s.ask(&[&format!("How many points does {p} need on the next test?")]);
}

/// A quiz with points off for mistakes.
pub(super) fn quiz(s: &mut Story) {
    let p = s.person();
    let questions = s.multiple(5, 20, 50);
    let right_points = s.int(3, 6);
    let wrong_points = s.int(1, 2);
    let blank = s.int(1, 5);
    let wrong = s.int(2, 8);
    let right = questions - blank - wrong;
    s.say(&format!(
        "A quiz has {questions} questions: a right answer gives {right_points} points, a wrong one costs {}, and a blank one counts nothing.",
        n_of(wrong_points, "point")
    ));
    s.say_either(&[
        &format!("{p} leaves {} blank and gets {} wrong.", spelled(blank), spelled(wrong)),
        &format!("{p} makes {} and leaves {} blank.", n_of(wrong, "mistake"), n_of(blank, "question")),
    ]);
    s.require(right > wrong);
    let other = s.add("wrong or blank are", wrong, blank, count("question", "questions"));
    let good = s.sub("the right answers number", questions, other, count("question", "questions"));
    let plus = s.mul("the right answers give", good, right_points, count("point", "points"));
    let minus = s.mul("the mistakes cost", wrong, wrong_points, count("point", "points"));
    let score = s.sub("the score is", plus, minus, count("point", "points"));
    if s.maybe(40) {
        let pass = score - s.int(1, 15);
        s.say(&format!("The pass mark is {} points.", pass.to_integer()));
        s.require(pass > Amount::from(10));
        s.sub("the margin is", score, pass, count("point", "points"));
        s.ask(&[&format!("By how many points does {p} pass?")]);
    } else {
        s.ask(&[&format!("What is {p}'s score?"), &format!("How many points does {p} get?")]);
    }
}

/// Books lent and returned.
pub(super) fn library(s: &mut Story) {
    let [mon, tue, wed] = [s.int(20, 60), s.int(15, 50), s.int(10, 40)];
    let (r_mon, r_tue) = (s.int(5, 25), s.int(5, 30));
    let start = s.multiple(10, 300, 900);
    let thing =
        s.pick(&[Thing::new("book", "books"), Thing::new("film", "films"), Thing::new("board game", "board games")]);
    let many = thing.many;
    s.say(&format!("On Monday morning {start} {many} are on the shelves of a town library."));
    s.say(&format!(
        "On Monday {mon} are lent and {r_mon} are returned; on Tuesday {tue} are lent and {r_tue} are returned."
    ));
    let out = s.add("over both days the readers borrow", mon, tue, of(thing));
    let back = s.add("over both days the readers return", r_mon, r_tue, of(thing));
    let net = s.sub("the shelves lose", out, back, of(thing));
    let now = s.sub("then the shelves hold", start, net, of(thing));
    if s.maybe(50) {
        let bought = s.int(10, 40);
        s.say(&format!("On Wednesday {wed} are lent, none come back, and {bought} newly bought ones are added."));
        let after = s.sub("after Wednesday's loans there are", now, wed, of(thing));
        s.add("with the new ones there are", after, bought, of(thing));
        s.ask(&[&format!("How many {many} are on the shelves on Wednesday evening?")]);
    } else {
        s.ask(&[&format!("How many {many} are on the shelves on Tuesday evening?")]);
    }
}

/// A habit that differs on weekdays and weekends.
pub(super) fn habit(s: &mut Story) {
    let p = s.person();
    let (what, verb) = s.pick(&[
        ("the violin", "practices"),
        ("chess", "plays"),
        ("Italian", "studies"),
        ("pottery", "does"),
        ("basketball", "plays"),
    ]);
    let (weekday, weekend) = (s.multiple(5, 15, 45), s.multiple(10, 40, 90));
    let weeks = s.int(3, 8);
    s.say_either(&[
        &format!("{p} {verb} {what} for {weekday} minutes on each of the five weekdays and for {weekend} minutes on each day of the weekend."),
        &format!("From Monday to Friday {p} {verb} {what} for {weekday} minutes a day, and on Saturday and Sunday for {weekend} minutes a day."),
    ]);
    s.aside(&format!("A lesson costs ${}.", weekday + 5));
    let a = s.mul("on weekdays that is", weekday, 5, measure("minute", "minutes"));
    let b = s.mul("on the weekend that is", weekend, 2, measure("minute", "minutes"));
    let week = s.add("in a week that is", a, b, measure("minute", "minutes"));
    let all = s.mul(&format!("in {weeks} weeks that is"), week, weeks, measure("minute", "minutes"));
    if s.maybe(60) {
        let missed = s.int(1, 4);
        let deduct = s.maybe(40);
        let mut total = all;
        if deduct {
            s.say(&format!("In {weeks} weeks {} misses {} because of a cold.", p.she, n_of(missed, "weekday")));
            let lost = s.mul("the time missed is", weekday, missed, measure("minute", "minutes"));
            total = s.sub("that leaves", all, lost, measure("minute", "minutes"));
        }
        s.div("in hours that is", total, 60, measure("hour", "hours"));
        s.ask(&[&format!("How many hours does {p} spend on {what} in {weeks} weeks?")]);
    } else {
        s.ask(&[&format!("How many minutes does {p} spend on {what} in {weeks} weeks?")]);
    }
}

/// Steps on a counter against a daily goal.
pub(super) fn pedometer(s: &mut Story) {
    let p = s.person();
    let goal = s.multiple(1000, 6000, 10_000);
    let days = s.int(4, 5);
    let counts: Vec<i64> = (0..days).map(|_| s.multiple(50, goal * 3 / 4, goal * 9 / 8)).collect();
    let rest_days = 7 - days;
    let total = goal * 7;
    let sum: i64 = counts.iter().sum();
    s.require((total - sum) % rest_days == 0 && (total - sum) / rest_days < 16_000 && sum < total);
    let listed: Vec<String> = counts.iter().map(i64::to_string).collect();
    s.say(&format!("{p} wants to walk {goal} steps a day on average in a week of seven days."));
    s.say(&format!(
        "On the first {} days {} counts {} and {} steps.",
        spelled(days),
        p.she,
        listed[..listed.len() - 1].join(", "),
        listed[listed.len() - 1]
    ));
    s.say("On each of the remaining days the number of steps is to be the same.");
    let all = s.mul("for the week the goal is", goal, 7, count("step", "steps"));
    let terms: Vec<Amount> = counts.iter().map(|&steps| steps.into()).collect();
    let so_far = s.sum("so far that is", &terms, count("step", "steps"));
    let missing = s.sub("the amount still missing is", all, so_far, count("step", "steps"));
    let left = s.sub("the days that remain are", 7, days, bare());
    s.div("each of them needs", missing, left, count("step", "steps"));
    s.ask(&["How many steps is that on each remaining day?"]);
}

/// Supplies for a class, some left from last year.
pub(super) fn supplies(s: &mut Story) {
    let p = s.person();
    let thing = s.pick(&[
        Thing::new("marker", "markers"),
        Thing::new("paintbrush", "paintbrushes"),
        Thing::new("sheet of cardboard", "sheets of cardboard"),
        Thing::new("clay block", "clay blocks"),
    ]);
    let classes = s.int(2, 5);
    let students = s.int(18, 28);
    let each = s.int(2, 4);
    let left = s.int(10, 60);
    let pack = s.pick(&[6, 8, 10, 12]);
    let need = classes * students * each - left;
    s.require(need > 0 && need % pack == 0);
    s.say(&format!("{p} teaches art to {classes} classes of {students} students."));
    s.say(&format!("Every student needs {}, and there are {left} left from last year.", thing.n(each)));
    let all = s.mul("the classes have", classes, students, count("student", "students"));
    let total = s.mul("they need", all, each, of(thing));
    let missing = s.sub("the school must buy", total, left, of(thing));
    s.say(&format!("The school buys them in packs of {pack}."));
    let packs = s.div("that is", missing, pack, count("pack", "packs"));
    if s.maybe(60) {
        let price = s.int(4, 15);
        s.say(&format!("A pack costs ${price}."));
        let cost = s.mul("the packs cost", packs, price, dollars());
        if s.maybe(50) {
            let budget = cost + s.multiple(5, 10, 90);
            s.say(&format!("The budget for this is ${}.", budget.to_integer()));
            s.sub("of the budget there remain", budget, cost, dollars());
            s.ask(&["How many dollars of the budget remain?"]);
        } else {
            s.ask(&["How many dollars do the packs cost?"]);
        }
    } else {
        s.ask(&["How many packs does the school buy?"]);
    }
}

/// A choir or band standing in rows.
pub(super) fn parade(s: &mut Story) {
    let group = s.pick(&["marching band", "dance troupe", "choir", "drum corps"]);
    let (rows, per) = (s.int(6, 14), s.int(5, 12));
    let extra = s.int(2, 4);
    let absent = s.int(2, 9);
    let new_per = per + extra;
    let total = rows * per + absent;
    s.require(rows * per % new_per == 0);
    s.say(&format!("A {group} has {total} members, but {absent} of them are ill on the day of the festival."));
    s.say(&format!("The others planned to stand in rows of {per}."));
    let here = s.sub("the number present is", total, absent, count("member", "members"));
    let planned = s.div("the plan was for", here, per, count("row", "rows"));
    s.say(&format!("As the street is wide, they stand in rows of {new_per} instead."));
    let now = s.div("now there are", here, new_per, count("row", "rows"));
    s.sub("the difference is", planned, now, count("row", "rows"));
    s.ask(&["How many fewer rows are there than planned?"]);
}
