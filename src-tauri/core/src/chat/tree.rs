//! A conversation as a tree of messages, without their texts: which path is shown, and what are versions of each other.
//!
//! A deleted message stays where it is, so that deleting can be taken back; what followed it follows the message before
//! it meanwhile.

use std::collections::HashMap;

use super::Role;
use crate::ids::MessageId;

/// A message's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub id: MessageId,
    /// As it is stored: it may be deleted.
    pub parent: Option<MessageId>,
    pub role: Role,
    /// Higher is later; 0 until it was left once.
    pub last_shown: i64,
    pub deleted: bool,
}

/// All messages of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// Oldest first, so that none stands before what it follows.
    nodes: Vec<Node>,
    index: HashMap<MessageId, usize>,
    /// For each, the nearest message before it that is not deleted.
    before: Vec<Option<MessageId>>,
    /// Those that are not deleted by what they follow, oldest first.
    after: HashMap<Option<MessageId>, Vec<MessageId>>,
}

impl Tree {
    /// `nodes` oldest first.
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        let mut tree = Self { before: Vec::with_capacity(nodes.len()), ..Self::default() };
        for (at, node) in nodes.iter().enumerate() {
            let parent = node.parent.and_then(|parent| tree.index.get(&parent)).copied();
            let before = parent.and_then(|at| if nodes[at].deleted { tree.before[at] } else { Some(nodes[at].id) });
            tree.before.push(before);
            tree.index.insert(node.id, at);
            if !node.deleted {
                tree.after.entry(before).or_default().push(node.id);
            }
        }
        tree.nodes = nodes;
        tree
    }

    /// A message, deleted or not.
    pub(crate) fn any(&self, id: MessageId) -> Option<&Node> {
        self.index.get(&id).map(|&at| &self.nodes[at])
    }

    /// A message that is not deleted.
    pub(crate) fn get(&self, id: MessageId) -> Option<&Node> {
        self.any(id).filter(|node| !node.deleted)
    }

    /// What a message follows as it is shown, whether it is deleted itself or not.
    pub(crate) fn before(&self, id: MessageId) -> Option<MessageId> {
        self.index.get(&id).and_then(|&at| self.before[at])
    }

    /// What follows a message (or nothing, for a first question) and is not deleted, oldest first.
    pub(crate) fn after(&self, id: Option<MessageId>) -> &[MessageId] {
        self.after.get(&id).map_or(&[], Vec::as_slice)
    }

    /// All that follow the same message as `id`, `id` included unless it is deleted.
    pub(crate) fn versions(&self, id: MessageId) -> &[MessageId] {
        self.after(self.before(id))
    }

    /// From the first question to `id`, deleted ones left out.
    pub(crate) fn up_to(&self, id: MessageId) -> Vec<MessageId> {
        let mut path: Vec<MessageId> = self.get(id).map(|node| node.id).into_iter().collect();
        let mut at = self.before(id);
        while let Some(id) = at {
            path.push(id);
            at = self.before(id);
        }
        path.reverse();
        path
    }

    /// `from`, which stands before `to`; or, when it is deleted, the message after it that is shown on the way to `to`.
    pub(crate) fn shown_from(&self, from: MessageId, to: MessageId) -> Option<MessageId> {
        let place = *self.index.get(&from)?;
        if !self.nodes[place].deleted {
            return Some(from);
        }
        let later = |id: &MessageId| self.index.get(id).is_some_and(|&at| at > place);
        std::iter::successors(Some(to), |&id| self.before(id)).take_while(later).last()
    }

    /// Where the path ends that goes through `from` (through anything, for none) and was shown last.
    pub(crate) fn leaf(&self, from: Option<MessageId>) -> Option<MessageId> {
        // Oldest first, so that a message's place in the order is known before those that follow it.
        let mut below = vec![false; self.nodes.len()];
        let mut best: Option<(i64, usize)> = None;
        for (at, node) in self.nodes.iter().enumerate() {
            let parent = self.before[at].and_then(|id| self.index.get(&id)).copied();
            below[at] = from.is_none() || from == Some(node.id) || parent.is_some_and(|parent| below[parent]);
            let is_leaf = !node.deleted && below[at] && self.after(Some(node.id)).is_empty();
            if is_leaf && best.is_none_or(|best| (node.last_shown, at) > best) {
                best = Some((node.last_shown, at));
            }
        }
        best.map(|(_, at)| self.nodes[at].id)
    }

    /// The path that is shown when it was last said to end at `head`. It always ends where nothing follows, so that
    /// nothing that is there can be out of reach.
    pub(crate) fn path(&self, head: Option<MessageId>) -> Vec<MessageId> {
        let head = head.filter(|&head| self.any(head).is_some());
        let nearest = head.and_then(|head| self.get(head).map(|node| node.id).or_else(|| self.before(head)));
        match nearest {
            Some(head) if self.after(Some(head)).is_empty() => self.up_to(head),
            from => self.leaf(from).map(|leaf| self.up_to(leaf)).unwrap_or_default(),
        }
    }

    /// What a new question follows: the end of what is shown, or what was deleted behind that, so that both have their
    /// places when it is restored.
    pub(crate) fn end(&self, head: Option<MessageId>) -> Option<MessageId> {
        let shown = self.path(head).last().copied();
        let deleted = head.filter(|&head| self.any(head).is_some_and(|node| node.deleted));
        deleted.filter(|&head| self.before(head) == shown).or(shown)
    }

    /// A rank above all that were given.
    pub(crate) fn next_rank(&self) -> i64 {
        self.nodes.iter().map(|node| node.last_shown).max().unwrap_or(0).saturating_add(1)
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
