//! Writes cents as an amount of money.

/// `1250` and `GBP` become `£12.50`; a currency we have no sign for stands in front.
pub(super) fn format(cents: i64, currency: &str) -> String {
    let currency = currency.to_ascii_uppercase();
    let sign = match currency.as_str() {
        "GBP" => "£",
        "EUR" => "€",
        "USD" => "$",
        "CNY" | "JPY" => "¥",
        "INR" => "₹",
        _other => "",
    };
    // Currencies without a smaller unit.
    let decimals = if ["JPY", "KRW", "VND", "CLP"].contains(&currency.as_str()) {
        0
    } else {
        2
    };
    let minus = if cents < 0 { "-" } else { "" };
    let amount = cents.unsigned_abs();
    let (whole, rest) = if decimals == 0 {
        (amount, 0)
    } else {
        (amount / 100, amount % 100)
    };
    let whole = grouped(whole);
    let number = if decimals == 0 {
        whole
    } else {
        format!("{whole}.{rest:02}")
    };
    if sign.is_empty() {
        format!("{minus}{currency} {number}").trim().to_owned()
    } else {
        format!("{minus}{sign}{number}")
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn cents_become_what_a_customer_reads() {
    let table = [
        (1250, "GBP", "£12.50"),
        (5, "EUR", "€0.05"),
        (-123_456_789, "usd", "-$1,234,567.89"),
        (1200, "JPY", "¥1,200"),
        (1000, "CHF", "CHF 10.00"),
        (1000, "", "10.00"),
    ];
    for (cents, currency, expected) in table {
        assert_eq!(format(cents, currency), expected);
    }
}
