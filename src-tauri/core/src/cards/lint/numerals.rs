//! Chinese and Japanese numerals, alone (`二十三`, `一九四五`) or mixed with digits (`1億2000万`), as digits.

pub(super) fn is_numeral(c: char) -> bool {
    digit(c).is_some() || power(c).is_some()
}

fn digit(c: char) -> Option<u128> {
    Some(match c {
        '〇' | '零' => 0,
        '一' => 1,
        '二' | '两' | '兩' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// Of ten.
pub(super) fn power(c: char) -> Option<u32> {
    Some(match c {
        '十' => 1,
        '百' => 2,
        '千' => 3,
        '万' | '萬' => 4,
        '億' | '亿' => 8,
        '兆' => 12,
        _ => return None,
    })
}

/// What a run of numerals may mean, in digits: `一百二` is 102 in a count and 120 in a price. None where it is no one number
/// (`三四十`, thirty or forty).
pub(super) fn values(run: &str) -> Option<Vec<String>> {
    if run.chars().any(|c| power(c).is_some()) {
        return sum(run);
    }
    // One digit after the other, as in years; two may also be "two or three".
    let digits: Vec<String> = run.chars().map(|c| digit(c).map(|value| value.to_string())).collect::<Option<_>>()?;
    let mut values = vec![digits.concat()];
    if digits.len() == 2 {
        values.extend(digits);
    }
    Some(values)
}

/// What is read so far of a number that has units.
#[derive(Default)]
struct Sum {
    total: u128,
    /// Below the next of the units that stand for a whole section (万, 億).
    section: u128,
    /// A number whose unit is still to come, and how many of its digits are decimals.
    current: Option<(u128, u32)>,
}

impl Sum {
    fn unit(&mut self, power: u32) -> Option<()> {
        let unit = 10_u128.checked_pow(power)?;
        let (number, decimals) = self.current.take().unwrap_or((0, 0));
        let scale = 10_u128.checked_pow(decimals)?;
        if power < 4 {
            self.section += times(number.max(1), unit, scale)?;
        } else if self.section == 0 && number == 0 && self.total > 0 {
            self.total = self.total.checked_mul(unit)?;
        } else {
            let section = self.section.checked_mul(scale)?.checked_add(number)?;
            self.total = self.total.checked_add(times(section.max(1), unit, scale)?)?;
            self.section = 0;
        }
        Some(())
    }

    fn end(&self) -> Option<u128> {
        let (number, decimals) = self.current.unwrap_or((0, 0));
        (decimals == 0).then_some(())?;
        self.total.checked_add(self.section)?.checked_add(number)
    }
}

fn times(number: u128, unit: u128, scale: u128) -> Option<u128> {
    let product = number.checked_mul(unit)?;
    (product % scale == 0).then(|| product / scale)
}

fn sum(run: &str) -> Option<Vec<String>> {
    let chars: Vec<char> = run.chars().collect();
    let (mut sum, mut at, mut last_power) = (Sum::default(), 0, 0);
    while let Some(&c) = chars.get(at) {
        if let Some(power) = power(c) {
            sum.unit(power)?;
            last_power = power;
            at += 1;
        } else if matches!(c, '〇' | '零') {
            last_power = 0;
            at += 1;
        } else if sum.current.is_some() {
            return None;
        } else if let Some(value) = digit(c) {
            sum.current = Some((value, 0));
            at += 1;
        } else {
            let end = chars[at..].iter().position(|&c| is_numeral(c)).map_or(chars.len(), |length| at + length);
            let text: String = chars[at..end].iter().filter(|c| **c != ',').collect();
            let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
            sum.current = Some((format!("{whole}{decimals}").parse().ok()?, u32::try_from(decimals.len()).ok()?));
            at = end;
        }
    }
    let mut values = vec![sum.end()?];
    if let Some((number @ 1..=9, 0)) = sum.current.filter(|_| last_power > 1) {
        values.push(values[0].checked_sub(number)?.checked_add(number * 10_u128.checked_pow(last_power - 1)?)?);
    }
    Some(values.iter().map(u128::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn numerals_are_read_as_they_are_spoken() {
        for (run, value) in [
            ("十", "10"),
            ("二十三", "23"),
            ("一百零五", "105"),
            ("三千七百七十六", "3776"),
            ("一九四五", "1945"),
            ("二〇二四", "2024"),
            ("两万", "20000"),
            ("一百万亿", "100000000000000"),
            ("1億2000万", "120000000"),
            ("2.5万", "25000"),
            ("1,500万", "15000000"),
        ] {
            assert_eq!(values(run).and_then(|values| values.first().cloned()).as_deref(), Some(value), "{run}");
        }
        assert!(values("一百二").is_some_and(|values| values == ["102", "120"]));
        assert!(values("二三").is_some_and(|values| values.contains(&"3".to_owned())));
        assert_eq!(values("三四十"), None);
        assert_eq!(values(&"兆".repeat(9)), None);
    }
}
