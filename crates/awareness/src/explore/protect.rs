//! Small cells: numbers of so few customers that they tell about one of them are not shown.

/// What is shown of numbers of customers that add up to a total that is shown, too: `false` hides
/// one. Zero tells nothing about anybody. A single hidden number would follow from the others, so
/// the smallest of the others is hidden with it, until those hidden are together at least `least`.
pub fn shown(customers: &[u64], least: u64) -> Vec<bool> {
    let mut shown: Vec<bool> = customers
        .iter()
        .map(|count| *count == 0 || *count >= least)
        .collect();
    loop {
        let hidden: Vec<usize> = (0..customers.len())
            .filter(|place| !shown[*place])
            .collect();
        let many = hidden.len();
        let together: u64 = hidden.iter().map(|place| customers[*place]).sum();
        if many == 0 || (many > 1 && together >= least) {
            return shown;
        }
        let open = (0..customers.len()).filter(|place| shown[*place] && customers[*place] > 0);
        match open.min_by_key(|place| (customers[*place], *place)) {
            Some(smallest) => shown[smallest] = false,
            None => return shown,
        }
    }
}

/// The same for a table whose rows and columns both add up to totals that are shown.
pub fn shown_table(customers: &[Vec<u64>], least: u64) -> Vec<Vec<bool>> {
    let width = customers.first().map_or(0, Vec::len);
    let mut hidden: Vec<Vec<bool>> = customers
        .iter()
        .map(|row| {
            row.iter()
                .map(|count| *count > 0 && *count < least)
                .collect()
        })
        .collect();
    loop {
        let before = hidden.clone();
        for row in 0..customers.len() {
            let line: Vec<(usize, usize)> = (0..width).map(|column| (row, column)).collect();
            hide_along(customers, &mut hidden, &line, least);
        }
        for column in 0..width {
            let line: Vec<(usize, usize)> = (0..customers.len()).map(|row| (row, column)).collect();
            hide_along(customers, &mut hidden, &line, least);
        }
        if hidden == before {
            break;
        }
    }
    let open = |row: &Vec<bool>| row.iter().map(|hidden| !hidden).collect();
    hidden.iter().map(open).collect()
}

fn hide_along(
    customers: &[Vec<u64>],
    hidden: &mut [Vec<bool>],
    line: &[(usize, usize)],
    least: u64,
) {
    loop {
        let closed: Vec<&(usize, usize)> = line
            .iter()
            .filter(|(row, column)| hidden[*row][*column])
            .collect();
        let many = closed.len();
        let together: u64 = closed
            .iter()
            .map(|(row, column)| customers[*row][*column])
            .sum();
        if many == 0 || (many > 1 && together >= least) {
            return;
        }
        let open = line
            .iter()
            .filter(|(row, column)| !hidden[*row][*column] && customers[*row][*column] > 0);
        match open.min_by_key(|(row, column)| (customers[*row][*column], *row, *column)) {
            Some((row, column)) => hidden[*row][*column] = true,
            None => return,
        }
    }
}

/// What is shown of numbers of which each counts a part of those before: a number, and how many
/// less it is than the one before, must each be nobody or at least `least`.
pub fn shown_steps(customers: &[u64], least: u64) -> Vec<bool> {
    let mut last: Option<u64> = None;
    let safe = |count: u64| count == 0 || count >= least;
    let mut shown = Vec::new();
    for count in customers {
        let lost = last.map_or(0, |before| before.saturating_sub(*count));
        let open = safe(*count) && safe(lost);
        if open {
            last = Some(*count);
        }
        shown.push(open);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_number_does_not_follow_from_the_others() {
        assert_eq!(shown(&[10, 20, 3], 5), [false, true, false]);
        assert_eq!(shown(&[10, 20, 0], 5), [true, true, true]);
        assert_eq!(shown(&[10, 1, 2], 5), [false, false, false]);
        assert_eq!(shown(&[10, 4, 2], 5), [true, false, false]);
        assert_eq!(shown(&[3], 5), [false]);
        assert_eq!(shown(&[1, 2, 3], 1), [true, true, true]);
    }

    #[test]
    fn no_cell_of_a_table_follows_from_its_row_or_column() {
        let table = vec![vec![50, 3, 40], vec![60, 30, 20], vec![70, 80, 90]];
        let shown = shown_table(&table, 5);
        let lines = (0..3).map(|place| {
            let row = (0..3).filter(|column| !shown[place][*column]).count();
            let column = (0..3).filter(|row| !shown[*row][place]).count();
            (row, column)
        });
        assert!(!shown[0][1]);
        for (row, column) in lines {
            assert!(row != 1 && column != 1, "{shown:?}");
        }
    }

    #[test]
    fn neither_a_step_nor_a_loss_is_a_handful() {
        assert_eq!(
            shown_steps(&[100, 98, 50, 3, 0], 5),
            [true, false, true, false, true]
        );
        assert_eq!(shown_steps(&[100, 100, 40], 5), [true, true, true]);
    }
}
