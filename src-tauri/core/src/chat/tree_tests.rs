//! The tree against random growth, deletion and restoring: what is shown is a path, and nothing is out of reach.

use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(number: usize) -> MessageId {
    MessageId(Uuid::from_u128(number as u128 + 1))
}

fn node(number: usize, parent: Option<usize>, deleted: bool) -> Node {
    let role = if parent.is_none_or(|parent| parent % 2 == 1) { Role::User } else { Role::Assistant };
    Node { id: id(number), parent: parent.map(id), role, last_shown: 0, deleted }
}

/// A question with an answer, and the same again.
fn talk() -> Vec<Node> {
    vec![node(0, None, false), node(1, Some(0), false), node(2, Some(1), false), node(3, Some(2), false)]
}

#[test]
fn a_talk_without_versions_is_one_path() {
    let tree = Tree::new(talk());
    let all = [id(0), id(1), id(2), id(3)];
    assert_eq!(tree.path(Some(id(3))), all);
    assert_eq!(tree.path(None), all, "a head that nobody set");
    assert_eq!(tree.path(Some(id(9))), all, "a head that is gone");
    assert_eq!(tree.path(Some(id(1))), all, "never an end that something follows");
    assert_eq!(tree.versions(id(2)), [id(2)]);
    assert!(Tree::default().path(None).is_empty() && Tree::default().leaf(None).is_none());
}

#[test]
fn what_follows_a_deleted_message_follows_the_one_before_it() {
    let mut nodes = talk();
    nodes[0].deleted = true;
    nodes[1].deleted = true;
    let tree = Tree::new(nodes);
    assert_eq!(tree.path(Some(id(3))), [id(2), id(3)]);
    assert_eq!(tree.before(id(2)), None);
    assert_eq!((tree.get(id(0)), tree.any(id(0)).map(|node| node.id)), (None, Some(id(0))));
    let mut nodes = talk();
    nodes[2].deleted = true;
    nodes[3].deleted = true;
    assert_eq!(Tree::new(nodes).path(Some(id(3))), [id(0), id(1)], "the end was deleted");
}

#[test]
fn what_a_model_saw_begins_where_it_is_still_shown() {
    let seen = |deleted: &[usize], from: usize| {
        let mut nodes = talk();
        nodes.extend([node(4, Some(3), false), node(5, Some(4), false)]);
        deleted.iter().for_each(|&number| nodes[number].deleted = true);
        Tree::new(nodes).shown_from(id(from), id(5))
    };
    assert_eq!(seen(&[], 2), Some(id(2)));
    assert_eq!(seen(&[0, 1], 2), Some(id(2)));
    assert_eq!(seen(&[2, 3], 2), Some(id(4)), "what follows it");
    assert_eq!(seen(&[2, 3, 4], 2), Some(id(5)), "the answer itself is left");
    assert_eq!(seen(&[], 9), None, "gone for good");
}

#[test]
fn a_question_follows_what_was_deleted_behind_the_end() {
    let deleted = |numbers: &[usize]| {
        let mut nodes = talk();
        nodes.extend([node(4, Some(1), false), node(5, Some(4), false)]);
        numbers.iter().for_each(|&number| nodes[number].deleted = true);
        Tree::new(nodes)
    };
    assert_eq!(deleted(&[]).end(Some(id(5))), Some(id(5)));
    assert_eq!(deleted(&[2, 3, 4, 5]).end(Some(id(5))), Some(id(5)), "it comes back before that");
    assert_eq!(deleted(&[4, 5]).end(Some(id(5))), Some(id(3)), "another version is shown");
    assert_eq!(deleted(&[0, 1, 2, 3, 4, 5]).end(Some(id(5))), Some(id(5)));
    assert_eq!((deleted(&[]).end(Some(id(9))), Tree::default().end(Some(id(9)))), (Some(id(5)), None));
}

#[test]
fn the_version_that_was_left_last_is_shown_again() {
    let mut nodes = talk();
    nodes.extend([node(4, Some(1), false), node(5, Some(4), false)]);
    let tree = Tree::new(nodes.clone());
    assert_eq!(tree.versions(id(2)), [id(2), id(4)]);
    assert_eq!(tree.leaf(Some(id(1))), Some(id(5)), "the newest, where none was left");
    nodes[3].last_shown = tree.next_rank();
    let tree = Tree::new(nodes);
    assert_eq!(tree.leaf(Some(id(1))), Some(id(3)));
    assert_eq!(tree.leaf(Some(id(4))), Some(id(5)));
    assert_eq!(tree.next_rank(), 2);
}

proptest! {
    #[test]
    fn what_is_shown_is_a_path_to_an_end_and_all_can_be_reached(
        grown in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 0i64..5), 1..60), head in 0usize..70,
    ) {
        let mut nodes: Vec<Node> = Vec::new();
        for (at, (parent, deleted, last_shown)) in grown.into_iter().enumerate() {
            let parent = parent.index(at + 1);
            nodes.push(Node { last_shown, ..node(at, parent.checked_sub(1), deleted) });
        }
        let tree = Tree::new(nodes.clone());
        let path = tree.path(Some(id(head)));
        prop_assert_eq!(path.is_empty(), nodes.iter().all(|node| node.deleted));
        prop_assert_eq!(path.first().and_then(|&first| tree.before(first)), None);
        for pair in path.windows(2) {
            prop_assert_eq!(tree.before(pair[1]), Some(pair[0]));
        }
        prop_assert!(path.last().is_none_or(|&last| tree.after(Some(last)).is_empty()));
        // From what is shown, every other message is reached by switching versions.
        let mut reached: HashSet<MessageId> = HashSet::new();
        let mut waiting: Vec<MessageId> = path.clone();
        while let Some(next) = waiting.pop() {
            if reached.insert(next) {
                waiting.extend(tree.versions(next));
                waiting.extend(tree.leaf(Some(next)).map(|leaf| tree.up_to(leaf)).unwrap_or_default());
            }
        }
        for node in nodes.iter().filter(|node| !node.deleted) {
            prop_assert!(reached.contains(&node.id));
            prop_assert!(tree.versions(node.id).contains(&node.id));
            prop_assert!(tree.up_to(node.id).contains(&node.id));
        }
    }
}
