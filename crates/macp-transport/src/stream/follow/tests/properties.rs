//! Whatever breaks, a runtime that keeps its word is followed to the end.

use super::*;
use proptest::prelude::*;

fn say() -> impl Strategy<Value = Say> {
    prop_oneof![
        4 => Just(Say::Next),
        1 => Just(Say::Again),
        1 => Just(Say::Nothing),
        1 => Just(Say::End),
        1 => Just(Say::Fail(Failure::Broken)),
        1 => Just(Say::Fail(Failure::Code("STREAM_LAGGED"))),
        1 => Just(Say::Fail(Failure::Code("INTERNAL_ERROR"))),
    ]
}

fn script() -> impl Strategy<Value = Vec<Result<Vec<Say>, Failure>>> {
    let opening = prop_oneof![
        4 => prop::collection::vec(say(), 0..12).prop_map(Ok),
        1 => Just(Err(Failure::Connect)),
    ];
    prop::collection::vec(opening, 0..30)
}

proptest! {
    #[test]
    fn whatever_breaks_the_history_is_complete_in_order_and_once(
        script in script(),
        history in 1u64..40,
        cancelled: bool,
    ) {
        let state = if cancelled { SessionState::Cancelled } else { SessionState::Resolved };
        let runtime = Runtime::new(history, state).script(script);
        let sequences = run(async { follow(&runtime, 0).sequences().await });
        prop_assert_eq!(sequences, (1..=history).collect::<Vec<_>>());
    }
}
