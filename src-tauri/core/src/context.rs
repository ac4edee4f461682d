//! What a turn is given to know: the newest messages that fit the model's real window.
//!
//! A provider that is given more than fits drops the oldest silently (Ollama) or refuses (Claude); so what goes along
//! is decided here. Tokens are estimated, and rather too many than too few: the exact count depends on the model.

use crate::{
    chat::{Message, MessageStatus, ProblemKind, Role, Seen, seam},
    ids::MessageId,
    llm::{ChatMessage, ChatRequest, Limits, LlmError, Speaker, estimate_tokens},
};

/// What every model is told. It is short so that it costs little in a small window.
const SYSTEM: &str = "You are a patient teacher who knows the field well. The person learns by asking you. \
Answer in the language of the question. Be correct and concrete: begin with the answer itself, then explain why, with \
an example where it helps. Say so when you do not know. Write Markdown; write mathematics as LaTeX between $ or $$, \
and code in fenced blocks that name their language.";

/// The smallest window that a local model is given, and one that thinks first. It is doubled until it holds the turn, up
/// to what the model was made for: each costs memory, so no more is asked for than is needed. A conversation only grows,
/// so its window changes seldom, and each change costs a reload of the model.
const SMALLEST_WINDOW: u32 = 8_192;
const SMALLEST_TO_THINK: u32 = 16_384;
/// Room for the answer: a quarter of a local window, within these; with what is thought before it half of the window.
const ANSWER_LOCAL: (u32, u32) = (1_024, 4_096);
const THOUGHT_LOCAL: u32 = 16_384;
/// The same of a remote model, if it may write so much: what it thinks counts as written.
const ANSWER_REMOTE: u32 = 16_000;
const THOUGHT_REMOTE: u32 = 48_000;
/// The least of an answer that a model is given to go on from, bytes.
const LEAST_TAIL: usize = 2_000;
/// Role markers and separators around each message.
const AROUND_MESSAGE: u32 = 8;

/// What to ask, and how much of what was said goes along.
#[derive(Clone, Debug)]
pub struct Built {
    pub request: ChatRequest,
    pub seen: Seen,
}

/// What to ask: the system prompt, of `history` (oldest first) the newest that fits, and `question`; to go on with an
/// answer, also what there is of it (`so_far`).
///
/// Answers that came to nothing or were refused are left out, and so is the question that stands before one. What goes
/// along begins with a question, as the providers require.
///
/// # Errors
/// `ContextTooLong` when the question alone does not fit.
pub fn build(history: &[Message], question: &str, so_far: Option<&str>, limits: Limits) -> Result<Built, LlmError> {
    build_to_think(history, question, so_far, limits, false)
}

/// The same for a model that thinks before it answers, if it `thinks`: then there is room for that too, unless what is
/// asked leaves none.
///
/// # Errors
/// As [`build`].
pub fn build_to_think(
    history: &[Message],
    question: &str,
    so_far: Option<&str>,
    limits: Limits,
    thinks: bool,
) -> Result<Built, LlmError> {
    match from_the_end(history, question, so_far, limits, thinks) {
        Err(LlmError::ContextTooLong) if thinks => from_the_end(history, question, so_far, limits, false),
        built => built,
    }
}

fn from_the_end(
    history: &[Message],
    question: &str,
    so_far: Option<&str>,
    limits: Limits,
    thinks: bool,
) -> Result<Built, LlmError> {
    let mut tail = so_far.unwrap_or_default();
    loop {
        let rest = so_far.map(|_| [(Speaker::Assistant, tail.to_owned()), (Speaker::User, seam::instruction(tail))]);
        match fitted(history, question, rest, limits, thinks) {
            // Of an answer longer than the model can read, it goes on from the end.
            Err(LlmError::ContextTooLong) if tail.len() > LEAST_TAIL => {
                tail = &tail[tail.ceil_char_boundary(tail.len() / 2)..];
            }
            Ok(built) if tail.len() < so_far.map_or(0, str::len) => return Ok(Built { seen: Seen::Question, ..built }),
            done => return done,
        }
    }
}

fn fitted(
    history: &[Message],
    question: &str,
    rest: Option<[(Speaker, String); 2]>,
    limits: Limits,
    thinks: bool,
) -> Result<Built, LlmError> {
    let asked = [(Speaker::User, question.to_owned())].into_iter().chain(rest.into_iter().flatten());
    let asked: Vec<_> = asked.map(|(role, content)| ChatMessage { role, content }).collect();
    let fixed = asked.iter().fold(AROUND_MESSAGE + estimate_tokens(SYSTEM), |sum, one| sum.saturating_add(tokens(one)));
    let spoken = spoken(history);
    let history_tokens = spoken.iter().fold(0, |sum: u32, (_, message)| sum.saturating_add(tokens(message)));
    let (window, answer) = if limits.window_is_ours {
        let window = window(fixed, history_tokens, limits.context, thinks)?;
        (window, local_answer(window, thinks))
    } else {
        let most = if thinks { THOUGHT_REMOTE } else { ANSWER_REMOTE };
        let answer = most.min(limits.answer).min(limits.context / 4);
        // A remote model's window is what it is; only what goes in is chosen.
        (limits.context, answer)
    };
    let room = window.checked_sub(fixed.saturating_add(answer)).ok_or(LlmError::ContextTooLong)?;
    let (from, left) = newest_that_fit(&spoken, room);
    let seen = match spoken.get(from) {
        _ if from == 0 => Seen::All,
        Some((id, _)) => Seen::From(*id),
        None => Seen::Question,
    };
    // What history leaves of a local window is the answer's.
    let max_answer = if limits.window_is_ours { answer.saturating_add(left) } else { answer };
    let messages = spoken.into_iter().skip(from).map(|(_, message)| message).chain(asked).collect();
    let request = ChatRequest { system: SYSTEM.to_owned(), messages, window, max_answer, think: false, schema: None };
    Ok(Built { request, seen })
}

/// The request for a piece of work without history, such as cards from one part of an answer.
///
/// # Errors
/// `ContextTooLong` when it does not fit.
pub fn single(system: &str, question: &str, limits: Limits) -> Result<ChatRequest, LlmError> {
    let fixed = AROUND_MESSAGE * 2 + estimate_tokens(system).saturating_add(estimate_tokens(question));
    let (window, max_answer) = if limits.window_is_ours {
        let window = window(fixed, 0, limits.context, false)?;
        (window, window.saturating_sub(fixed))
    } else {
        (limits.context, ANSWER_REMOTE.min(limits.answer))
    };
    if fixed.saturating_add(max_answer) > window {
        return Err(LlmError::ContextTooLong);
    }
    let messages = vec![ChatMessage { role: Speaker::User, content: question.to_owned() }];
    Ok(ChatRequest { system: system.to_owned(), messages, window, max_answer, think: false, schema: None })
}

/// The window for a local model (see [`SMALLEST_WINDOW`]): the whole of what it was made for when not all of `history`
/// fits that.
fn window(fixed: u32, history: u32, context: u32, thinks: bool) -> Result<u32, LlmError> {
    let holds = |window: u32, tokens: u32| tokens.saturating_add(local_answer(window, thinks)) <= window;
    let smallest = if thinks { SMALLEST_TO_THINK } else { SMALLEST_WINDOW };
    let larger = |&step: &u32| (step < context).then(|| step.saturating_mul(2).min(context));
    let mut steps = std::iter::successors(Some(smallest.min(context)), larger);
    steps
        .find(|&step| holds(step, fixed.saturating_add(history)))
        .or_else(|| holds(context, fixed).then_some(context))
        .ok_or(LlmError::ContextTooLong)
}

/// The least that a local model can write in a window, what it `thinks` included.
fn local_answer(window: u32, thinks: bool) -> u32 {
    let (part, most) = if thinks { (window / 2, THOUGHT_LOCAL) } else { (window / 4, ANSWER_LOCAL.1) };
    part.clamp(ANSWER_LOCAL.0.min(window / 2), most)
}

/// What was said, without turns that came to nothing; a question is always followed by its answer. A turn that was
/// refused goes with it, whatever came of its answer: Anthropic refuses every later one for as long as it is sent along
/// (platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals).
fn spoken(history: &[Message]) -> Vec<(MessageId, ChatMessage)> {
    let mut spoken = Vec::with_capacity(history.len());
    for pair in history.windows(2) {
        let [question, answer] = pair else { continue };
        let is_turn = question.role == Role::User && answer.role == Role::Assistant;
        let refused = answer.problem.as_ref().is_some_and(|problem| problem.kind == ProblemKind::Refused);
        let came = answer.status != MessageStatus::Streaming && !answer.content.trim().is_empty();
        if is_turn && came && !refused {
            let said = |role, message: &Message| (message.id, ChatMessage { role, content: message.content.clone() });
            spoken.push(said(Speaker::User, question));
            spoken.push(said(Speaker::Assistant, answer));
        }
    }
    spoken
}

/// Where whole turns begin that fit in `room` tokens, as many as do from the newest back; and the room that is left.
fn newest_that_fit(spoken: &[(MessageId, ChatMessage)], mut room: u32) -> (usize, u32) {
    let mut from = spoken.len();
    for turn in spoken.chunks(2).rev() {
        let needed = turn.iter().fold(0, |sum: u32, (_, message)| sum.saturating_add(tokens(message)));
        let Some(left) = room.checked_sub(needed) else { break };
        room = left;
        from -= turn.len();
    }
    (from, room)
}

fn tokens(message: &ChatMessage) -> u32 {
    AROUND_MESSAGE.saturating_add(estimate_tokens(&message.content))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        chat::Problem,
        ids::{ConversationId, MessageId},
        time::UnixMillis,
    };

    fn said(role: Role, content: &str) -> Message {
        Message {
            id: MessageId::new(UnixMillis(0)),
            conversation_id: ConversationId::new(UnixMillis(0)),
            role,
            content: content.to_owned(),
            status: MessageStatus::Complete,
            model: None,
            usage: None,
            parent_id: None,
            versions: Vec::new(),
            thoughts: String::new(),
            cost_usd: None,
            seen_from: None,
            problem: None,
            has_flashcards: false,
            created_at: UnixMillis(0),
        }
    }

    fn turns(sizes: &[usize]) -> Vec<Message> {
        let turn = |(at, &size): (usize, &usize)| {
            [said(Role::User, &format!("question {at}")), said(Role::Assistant, &format!("{at} {}", "x".repeat(size)))]
        };
        sizes.iter().enumerate().flat_map(turn).collect()
    }

    fn local(context: u32) -> Limits {
        Limits { context, answer: context, window_is_ours: true }
    }

    const REMOTE: Limits = Limits { context: 200_000, answer: 64_000, window_is_ours: false };

    #[test]
    fn the_window_grows_in_steps_and_no_further_than_the_model() {
        assert_eq!(build(&[], "why?", None, local(131_072)).expect("fits").request.window, 8_192);
        assert_eq!(build(&[], "why?", None, local(4_096)).expect("fits").request.window, 4_096);
        assert_eq!(build(&turns(&[25_000]), "why?", None, local(131_072)).expect("fits").request.window, 16_384);
        for (turn_of, window) in [(40_000, 32_768), (90_000, 65_536), (150_000, 131_072), (300_000, 131_072)] {
            let built = build(&turns(&[turn_of, turn_of / 3]), "why?", None, local(131_072)).expect("fits");
            assert_eq!((built.request.window, built.seen == Seen::All), (window, turn_of < 300_000), "{turn_of}");
        }
        assert_eq!(build(&turns(&[90_000; 9]), "why?", None, local(40_960)).expect("fits").request.window, 40_960);
        assert_eq!(build(&[], &"word ".repeat(30_000), None, local(131_072)).expect("fits").request.window, 65_536);
    }

    #[test]
    fn a_megabyte_is_refused_where_it_does_not_fit_and_at_once() {
        let question = "x".repeat(1_000_000);
        assert_eq!(build(&[], &question, None, local(32_768)).expect_err("too long"), LlmError::ContextTooLong);
        assert_eq!(build(&[], &question, None, REMOTE).expect_err("too long"), LlmError::ContextTooLong);
        assert!(build(&[], &question, None, Limits { context: 1_000_000, ..REMOTE }).is_ok());
    }

    #[test]
    fn the_newest_turns_go_along_whole_and_the_question_is_last() {
        let history = turns(&[90_000, 60_000, 10]);
        let Built { request, seen } = build(&history, "why?", None, local(32_768)).expect("fits");
        assert_eq!(seen, Seen::From(history[2].id));
        let first = &request.messages[0];
        assert_eq!((first.role, first.content.as_str()), (Speaker::User, "question 1"));
        assert_eq!(request.messages.len(), 5);
        assert_eq!(request.messages[4].content, "why?");
    }

    #[test]
    fn a_turn_that_came_to_nothing_is_left_out_with_its_question() {
        let mut history = turns(&[10, 10]);
        history[1].content.clear();
        history[1].status = MessageStatus::Failed;
        let Built { request, seen } = build(&history, "why?", None, REMOTE).expect("fits");
        assert_eq!(seen, Seen::All, "what came to nothing is not missed");
        let contents: Vec<&str> = request.messages.iter().map(|message| message.content.as_str()).collect();
        assert_eq!(contents[0], "question 1");
        assert_eq!(contents.len(), 3);
    }

    #[test]
    fn a_turn_that_was_refused_is_left_out_whatever_came_of_it() {
        let mut history = turns(&[10, 10]);
        history[1].status = MessageStatus::Failed;
        history[1].problem = Some(Problem { kind: ProblemKind::Refused, message: "No.".into(), retry_at: None });
        let Built { request, .. } = build(&history, "why?", None, REMOTE).expect("fits");
        let contents: Vec<&str> = request.messages.iter().map(|message| message.content.as_str()).collect();
        assert_eq!((contents[0], contents.len()), ("question 1", 3));
    }

    #[test]
    fn a_remote_models_whole_window_is_used() {
        let history = turns(&[600_000, 600_000, 600_000]);
        let large = Limits { context: 1_000_000, ..REMOTE };
        assert_eq!(build(&history, "why?", None, large).expect("fits").seen, Seen::All);
        // 200,000 tokens a turn, estimated.
        assert_eq!(build(&history, "why?", None, REMOTE).expect("fits").seen, Seen::Question);
        assert_eq!(build(&turns(&[480_000]), "why?", None, REMOTE).expect("fits").seen, Seen::All);
    }

    #[test]
    fn a_model_that_thinks_has_room_for_it() {
        let built = |limits, thinks| build_to_think(&[], "why?", None, limits, thinks).expect("fits").request;
        let request = built(local(131_072), true);
        assert_eq!(request.window, 16_384);
        assert!(request.max_answer > 15_000, "{}", request.max_answer);
        assert_eq!(built(local(4_096), true).window, 4_096);
        assert_eq!((built(REMOTE, true).max_answer, built(REMOTE, false).max_answer), (48_000, 16_000));
        assert_eq!(built(Limits { answer: 32_000, ..REMOTE }, true).max_answer, 32_000);
        // What leaves no room to think is asked all the same, as it is of a model that does not.
        let long = "word ".repeat(12_000);
        let request = build_to_think(&[], &long, None, local(32_768), true).expect("fits").request;
        assert_eq!(request.window, 32_768);
    }

    #[test]
    fn what_does_not_fit_is_told_even_when_nothing_does() {
        let history = turns(&[200_000]);
        assert_eq!(build(&history, "why?", None, local(32_768)).expect("fits").seen, Seen::Question);
        assert_eq!(build(&history, "why?", None, REMOTE).expect("fits").seen, Seen::All);
    }

    #[test]
    fn an_answer_goes_on_from_what_there_is_of_it() {
        let Built { request, .. } = build(&turns(&[10]), "why?", Some("Because the cell"), REMOTE).expect("fits");
        let roles: Vec<Speaker> = request.messages.iter().map(|message| message.role).collect();
        assert_eq!(roles[2..], [Speaker::User, Speaker::Assistant, Speaker::User]);
        assert_eq!(request.messages[3].content, "Because the cell");
        assert!(request.messages[4].content.contains("Because the cell"));
        let long = format!("{}the end", "é word ".repeat(100_000));
        let Built { request, seen } = build(&[], "why?", Some(&long), local(8_192)).expect("its end fits");
        let said = &request.messages[1].content;
        assert!(said.ends_with("the end") && said.len() > LEAST_TAIL && long.ends_with(said.as_str()));
        assert_eq!(seen, Seen::Question);
    }

    proptest! {
        #[test]
        fn what_is_asked_always_fits_with_room_for_an_answer(
            sizes in prop::collection::vec(0usize..60_000, 0..12), question in 0usize..200_000,
            context in 512u32..200_000, ours: bool, thinks: bool, so_far in prop::option::of("[a-z ]{1,4000}"),
        ) {
            let limits = Limits { context, answer: context / 2, window_is_ours: ours };
            let built = build_to_think(&turns(&sizes), &"q".repeat(question), so_far.as_deref(), limits, thinks);
            let Ok(Built { request, .. }) = built else { return Ok(()) };
            let read = request.messages.iter().map(tokens).sum::<u32>() + estimate_tokens(&request.system);
            prop_assert!(read + request.max_answer <= request.window);
            prop_assert!(request.window <= context);
            prop_assert!(request.max_answer > 0);
            prop_assert!(request.messages.iter().enumerate().all(|(at, m)| (m.role == Speaker::User) == (at % 2 == 0)));
        }
    }
}
