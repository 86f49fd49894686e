// What the tab keeps from page to page. Storage refused: nothing is kept, and what asks for it does without.

export function kept(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function keep(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // as above
  }
}

export function forget() {
  try {
    sessionStorage.clear();
  } catch {
    // as above
  }
}
