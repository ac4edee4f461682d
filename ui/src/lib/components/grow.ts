// A text field that is as tall as its text, up to a limit that its CSS sets with max-height.
export function grow(text: () => string) {
  return (node: HTMLTextAreaElement) => {
    void text();
    node.style.height = 'auto';
    const border = node.offsetHeight - node.clientHeight;
    node.style.height = `${node.scrollHeight + border}px`;
  };
}
