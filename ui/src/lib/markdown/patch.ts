// Makes what is drawn into what it should be, node by node: what has not changed stays, with what is selected in it, how far
// it is scrolled, and the layout it has.

function same(a: Node, b: Node): boolean {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

function attributes(from: Element, to: Element): void {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
}

function node(from: Node, to: Node): void {
  if (from instanceof CharacterData) {
    const { data } = to as CharacterData;
    // What is appended does not disturb what is selected before it.
    if (data.startsWith(from.data)) {
      if (data.length > from.data.length) from.appendData(data.slice(from.data.length));
    } else from.data = data;
    return;
  }
  attributes(from as Element, to as Element);
  patch(from, to);
}

/** Gives `root` the children of `wanted`, which is used up. */
export function patch(root: Node, wanted: Node): void {
  let old = root.firstChild;
  let next = wanted.firstChild;
  while (next) {
    const following = next.nextSibling;
    if (!old) root.appendChild(next);
    else {
      const after: ChildNode | null = old.nextSibling;
      if (!same(old, next)) root.replaceChild(next, old);
      else if (!old.isEqualNode(next)) node(old, next);
      old = after;
    }
    next = following;
  }
  while (old) {
    const after: ChildNode | null = old.nextSibling;
    old.remove();
    old = after;
  }
}
