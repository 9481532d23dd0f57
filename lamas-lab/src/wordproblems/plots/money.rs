//! Saving, earning and sharing money.

use crate::wordproblems::story::{Story, bare, count, dollars, measure};
use crate::wordproblems::words::{Amount, cents, fraction, n_of, spelled, usd};

/// Saving week by week towards something.
pub(super) fn savings(s: &mut Story) {
    let p = s.person();
    let goal = s.pick(&["a used guitar", "a bicycle", "a telescope", "a tablet", "a drum kit", "a pair of skis"]);
    let weeks = s.int(4, 14);
    let (pocket, spent) = (s.int(12, 25), s.int(3, 9));
    let weekly = pocket - spent;
    let start = s.multiple(5, 10, 60);
    let mut price = start + weekly * weeks;
    let gift = s.multiple(5, 10, 40);
    let gifted = s.maybe(50);
    if gifted {
        price += gift;
    }
    s.say_either(&[
        &format!("{p} wants to buy {goal} for ${price}."),
        &format!("{p} is saving for {goal} that costs ${price}."),
    ]);
    s.say(&format!("{} has put aside ${start} so far.", p.she));
    let mut missing = s.sub(&format!("at first {p} is missing"), price, start, dollars());
    if gifted {
        let giver = s.pick(&["uncle", "aunt", "godmother", "grandfather"]);
        s.say(&format!("{} {giver} promises to add ${gift}.", p.her));
        missing = s.sub("after the gift that leaves", missing, gift, dollars());
    }
    s.say(&format!("Every week {p} is paid ${pocket} for delivering newspapers and spends ${spent} of it on snacks; the rest is saved."));
    let saved = s.sub(&format!("each week {p} saves"), pocket, spent, dollars());
    s.div("this takes", missing, saved, count("week", "weeks"));
    s.ask(&[
        &format!("In how many weeks will {p} have the whole amount?"),
        &format!("How many weeks must {p} go on saving?"),
    ]);
}

/// Hourly pay with overtime.
pub(super) fn wages(s: &mut Story) {
    let p = s.person();
    let job = s.pick(&["in a garden center", "at a car wash", "in a warehouse", "at a bakery", "in a call center"]);
    let rate = s.multiple(2, 12, 24);
    let regular = s.pick(&[30, 32, 35, 40]);
    let extra = s.int(2, 9);
    s.say(&format!("{p} works {job} for ${rate} an hour."));
    s.say_either(&[
        &format!("For every hour beyond {regular} in a week {} is paid one and a half times as much.", p.she),
        &format!("Hours above {regular} a week are paid at 1.5 times the usual rate."),
    ]);
    s.say(&format!("This week {} works {} hours.", p.she, regular + extra));
    let normal = s.mul("the regular hours pay", regular, rate, dollars());
    let over = s.sub("the overtime is", regular + extra, regular, measure("hour", "hours"));
    let raised = s.mul("an hour of overtime pays", rate, Amount::new(3, 2), dollars());
    let overtime = s.mul("the overtime pays", over, raised, dollars());
    let mut total = s.add("together that is", normal, overtime, dollars());
    let (taxed, renting) = (s.maybe(65), s.maybe(50));
    if taxed {
        let tax = s.pick(&[10, 20, 25]);
        s.say(&format!("{tax}% of the pay goes to taxes."));
        let levy = s.percent("the taxes are", tax, total, dollars());
        total = s.sub(&format!("{p} takes home"), total, levy, dollars());
    }
    if renting {
        let rent = s.multiple(10, 150, 260);
        s.require(total > rent.into());
        s.say(&format!("From {} pay {} also gives ${rent} for rent.", p.her, p.she));
        s.sub(&format!("{p} keeps"), total, rent, dollars());
    }
    if taxed || renting {
        s.ask(&[
            &format!("How many dollars does {p} have in the end?"),
            &format!("How much money is left for {p}, in dollars?"),
        ]);
    } else {
        s.ask(&[&format!("How many dollars does {p} earn this week?")]);
    }
}

/// Odd jobs, then giving away part of the money, then sharing or spending.
pub(super) fn odd_jobs(s: &mut Story) {
    let p = s.person();
    let (job, plural) = s.pick(&[
        ("lawn", "mows lawns"),
        ("car", "washes cars"),
        ("dog", "walks dogs"),
        ("driveway", "shovels snow from driveways"),
        ("bicycle", "repairs bicycles"),
    ]);
    let fee = s.multiple(2, 6, 20);
    let (sat, sun) = (s.int(2, 7), s.int(1, 6));
    let bottom = s.pick(&[2, 4, 5, 10]);
    s.say(&format!("On weekends {p} {plural} for ${fee} apiece."));
    s.say(&format!("{} does {} on Saturday and {} more on Sunday.", p.she, n_of(sat, job), spelled(sun)));
    s.aside(&format!("The nearest neighbor lives {} yards away.", sat * 10));
    let jobs = s.add(&format!("{p} does"), sat, sun, count("job", "jobs"));
    let mut money = s.mul(&format!("{p} earns"), jobs, fee, dollars());
    if s.maybe(40) {
        let tip = s.int(3, 12);
        s.say(&format!("One customer also gives {} a tip of ${tip}.", p.them));
        money = s.add("with the tip that is", money, tip, dollars());
    }
    s.say(&format!("{p} puts {} of the money into a savings account.", fraction(1, bottom)));
    let saved = s.part("into savings go", 1, bottom, money, dollars());
    let rest = s.sub("that leaves", money, saved, dollars());
    if s.maybe(60) {
        let friends = s.int(2, 4);
        let ticket = s.int(4, 9);
        s.say(&format!(
            "With what is left {} buys movie tickets at ${ticket} each for {}self and {}.",
            p.she,
            p.them,
            n_of(friends, "friend")
        ));
        let tickets = s.mul("the tickets cost", friends + 1, ticket, dollars());
        s.sub(&format!("{p} still has"), rest, tickets, dollars());
        s.ask(&[&format!("How many dollars does {p} have in hand after that?")]);
    } else {
        s.ask(&[&format!("How many dollars does {p} keep in hand?")]);
    }
}

/// Simple interest.
pub(super) fn interest(s: &mut Story) {
    let p = s.person();
    let principal = s.multiple(100, 400, 3000);
    let rate = s.int(2, 6);
    let years = s.int(2, 6);
    s.say_either(&[
        &format!("{p} puts ${principal} into an account that pays {rate}% simple interest a year."),
        &format!("A bank pays {rate}% simple interest a year on the ${principal} that {p} deposits."),
    ]);
    s.aside("The interest on the first deposit never earns interest itself.");
    let yearly = s.percent("the interest of one year is", rate, principal, dollars());
    let all = s.mul(&format!("in {years} years that makes"), yearly, years, dollars());
    if s.maybe(30) {
        s.ask(&[&format!("How many dollars of interest is that in {years} years?")]);
        return;
    }
    if s.maybe(50) {
        let fee = s.int(5, 12);
        s.say(&format!("At the end of each year the bank takes a fee of ${fee}, which {p} pays in cash."));
        let fees = s.mul("the fees are", fee, years, dollars());
        s.sub("the gain after fees is", all, fees, dollars());
        s.ask(&[&format!("After {years} years, how many dollars of interest remain once the fees are counted?")]);
        return;
    }
    let balance = s.add("the account then holds", principal, all, dollars());
    if s.maybe(50) {
        let spend = s.multiple(50, 100, 350);
        s.say(&format!("After {years} years {} takes out ${spend}.", p.she));
        s.sub("what stays is", balance, spend, dollars());
        s.ask(&["How many dollars stay in the account?"]);
    } else {
        s.ask(&[&format!("How many dollars are in the account after {years} years?")]);
    }
}

/// A restaurant bill with a tip, shared.
pub(super) fn bill(s: &mut Story) {
    let p = s.person();
    let friends = s.int(2, 5);
    let people = friends + 1;
    let (dish, drink) = (s.int(9, 18), s.int(2, 5));
    let tip = s.pick(&[10, 15, 20]);
    let place = s.pick(&["a noodle bar", "a pizzeria", "a diner", "a Thai restaurant", "a taco stand"]);
    s.say(&format!("{p} and {} eat at {place}.", n_of(friends, "friend")));
    s.say(&format!("Each of them has a main dish for ${dish} and a drink for ${drink}."));
    let each = s.add("one meal costs", dish, drink, dollars());
    let meals = s.mul(&format!("for {people} people that is"), each, people, dollars());
    let mut bill = meals;
    if s.maybe(50) {
        let dessert = s.multiple(people, 6, 20);
        s.say(&format!("They share a dessert platter for ${dessert}."));
        bill = s.add("with the dessert that is", meals, dessert, dollars());
    }
    s.say(&format!("They leave a tip of {tip}% of the bill and split everything equally."));
    let tipped = s.percent("the tip is", tip, bill, dollars());
    let total = s.add("with the tip they pay", bill, tipped, dollars());
    let share = s.div("each of them pays", total, people, dollars());
    if s.maybe(35) {
        let note = if share > Amount::from(20) { 50 } else { 20 };
        s.say(&format!("{p} hands over a ${note} bill for {} share.", p.her));
        s.sub("the change is", note, share, dollars());
        s.ask(&[&format!("How many dollars does {p} get back?")]);
    } else {
        s.ask(&["How many dollars does each of them pay?", &format!("What is {p}'s share in dollars?")]);
    }
}

/// Two plans compared over a year.
pub(super) fn plans(s: &mut Story) {
    let p = s.person();
    let (what, unit, one) = s.pick(&[
        ("phone plan", "gigabytes of data", "gigabyte"),
        ("swimming pool membership", "visits", "visit"),
        ("car-sharing contract", "trips", "trip"),
        ("climbing gym membership", "visits", "visit"),
    ]);
    let per_month = s.int(5, 12);
    let each = s.int(3, 6);
    let base = s.int(5, 15);
    let flat = base + per_month * each - s.int(3, 14);
    s.require(flat > base + 5);
    let months = s.pick(&[6, 12]);
    s.say(&format!("{p} is choosing between two kinds of {what}."));
    s.say(&format!("The first costs ${base} a month plus ${each} for each {one}."));
    s.say(&format!("The second costs ${flat} a month with nothing to pay on top."));
    s.say(&format!("{} expects to need {per_month} {unit} every month.", p.she));
    let usage = s.mul(&format!("the {per_month} {unit} cost"), per_month, each, dollars());
    let first = s.add("a month of the first costs", usage, base, dollars());
    let saving = s.sub("each month the second is cheaper by", first, flat, dollars());
    s.mul(&format!("over {months} months that is"), saving, months, dollars());
    let span = if months == 12 { "a year".to_owned() } else { format!("{months} months") };
    s.ask(&[
        &format!("How many dollars does the second save {} in {span}?", p.them),
        &format!("Over {span}, how much less, in dollars, does the second one cost {}?", p.them),
    ]);
}

/// A jar of coins.
pub(super) fn coins(s: &mut Story) {
    let p = s.person();
    let quarters = s.multiple(2, 8, 40);
    let dimes = s.int(5, 40);
    let nickels = s.multiple(2, 4, 36);
    let spend = s.int(1, 4);
    s.say_either(&[
        &format!("{p} empties a jar and counts {quarters} quarters, {dimes} dimes and {nickels} nickels."),
        &format!("In {p}'s piggy bank there are {quarters} quarters, {dimes} dimes and {nickels} nickels."),
    ]);
    s.say("A quarter is worth $0.25, a dime $0.10 and a nickel $0.05.");
    let q = s.mul("the quarters are worth", quarters, cents(25), dollars());
    let d = s.mul("the dimes are worth", dimes, cents(10), dollars());
    let n = s.mul("the nickels are worth", nickels, cents(5), dollars());
    let all = s.sum("all the coins are worth", &[q, d, n], dollars());
    if s.maybe(60) {
        let thing = s.pick(&["a comic book", "a sandwich", "a bus ticket", "a smoothie"]);
        let price = Amount::from(spend) + cents(s.pick(&[20, 35, 50, 75]));
        s.say(&format!("{} uses some of them to pay for {thing} that costs {}.", p.she, usd(price)));
        s.sub("afterwards there are", all, price, dollars());
        s.ask(&["How many dollars are left?"]);
    } else {
        s.ask(&["How many dollars is that in all?"]);
    }
}

/// Money changed abroad and back.
pub(super) fn exchange(s: &mut Story) {
    let p = s.person();
    let (coin, country) = s.pick(&[("pesos", "Mexico"), ("crowns", "Sweden"), ("rupees", "India"), ("yuan", "China")]);
    let rate = s.pick(&[6, 8, 10, 12, 20]);
    let (back, food, nights) = (s.int(4, 25), s.int(20, 70), s.int(2, 5));
    let room = rate * s.int(6, 15);
    let dollars_in = back + food + nights * room / rate;
    s.say(&format!("For a trip to {country}, {p} changes ${dollars_in} into {coin} at {rate} {coin} to the dollar."));
    let local = s.mul(&format!("{p} gets"), dollars_in, rate, bare().then(coin));
    s.say(&format!("{} pays {room} {coin} a night for {nights} nights at a hostel.", p.she));
    let hostel = s.mul("the hostel costs", room, nights, bare().then(coin));
    let rest = s.sub("after the hostel there are", local, hostel, bare().then(coin));
    s.say(&format!("Food and buses cost {} {coin}.", food * rate));
    let left = s.sub("at the end there are", rest, food * rate, bare().then(coin));
    s.say("What is left is changed back at the same rate.");
    s.div(&format!("{p} gets back"), left, rate, dollars());
    s.ask(&[&format!("How many dollars does {p} get back?")]);
}

/// An inheritance or prize shared by fractions.
pub(super) fn shares(s: &mut Story) {
    let [a, b, c] = s.people();
    let (bottom_a, bottom_b) = s.pick(&[(2, 3), (3, 4), (4, 5), (3, 5), (4, 3), (5, 2)]);
    let prize = s.multiple(bottom_a * bottom_b * 10, 240, 3000);
    let event = s.pick(&["a robotics contest", "a baking contest", "a quiz show", "a short film competition"]);
    s.say(&format!("{a}, {b} and {c} win ${prize} in {event}."));
    s.say(&format!(
        "{a} did most of the organizing and gets {} of it; {b} gets {} of what is left after that, and {c} gets the remainder.",
        fraction(1, bottom_a), fraction(1, bottom_b)
    ));
    let first = s.part(&format!("{a} gets"), 1, bottom_a, prize, dollars());
    let rest = s.sub("that leaves", prize, first, dollars());
    let second = s.part(&format!("{b} gets"), 1, bottom_b, rest, dollars());
    let third = s.sub(&format!("{c} gets"), rest, second, dollars());
    if s.maybe(50) {
        let percent = s.pick(&[10, 20, 25, 50]);
        s.say(&format!("{c} gives {percent}% of {} share to a charity.", c.her));
        let given = s.percent(&format!("{c} gives away"), percent, third, dollars());
        s.sub(&format!("{c} keeps"), third, given, dollars());
        s.ask(&[&format!("How many dollars does {c} keep?")]);
    } else {
        s.ask(&[&format!("How many dollars does {c} get?"), &format!("What is {c}'s share in dollars?")]);
    }
}
