/** The server of this page: small requests, and whether it is there at all. */

/** An answer that says in one sentence why something cannot be done. */
export class RefusedError extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

export class Server {
  /** gone(sentence) is told that the server does not answer, gone("") that it does again. */
  constructor(gone) {
    this.base = location.pathname.replace(/\/$/, "");
    this.gone = gone;
  }

  get(name, parts = {}) {
    return this.ask(`${this.base}/${name}?${new URLSearchParams(parts)}`, {});
  }

  post(name, body) {
    const headers = { "content-type": "application/json" };
    return this.ask(`${this.base}/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  address(name, parts = {}) {
    return `${this.base}/${name}?${new URLSearchParams(parts)}`;
  }

  async ask(address, options) {
    let response, value;
    try {
      response = await fetch(address, options);
      value = await response.json();
    } catch {
      this.gone("The server is gone. What is on this page stays here: copy the text, start 'neurochannel design' "
        + "again, and paste it there.");
      throw new RefusedError("the server is gone", 0);
    }
    const other = response.status === 404 || response.status === 403;
    this.gone(other ? "Another server runs at this address now. Copy the text, and open the address that its "
      + "terminal shows." : "");
    if (!response.ok) throw new RefusedError(value.error, response.status);
    return value;
  }
}
