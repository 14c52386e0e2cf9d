// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { access, login } from "../api.js";
import { useStore } from "../store.js";

export function Login() {
  const { wanted } = useStore(access);
  const [token, setToken] = useState("");
  const [error, setError] = useState("");
  const field = useRef();
  useEffect(() => field.current.focus(), []);

  const submit = async (event) => {
    event.preventDefault();
    try {
      await login(token.trim());
    } catch (problem) {
      setError(
        problem.status === 401
          ? "This token isn't known to the bridge."
          : problem.status
            ? problem.message
            : "The bridge doesn't answer.",
      );
      field.current.focus();
      field.current.select();
    }
  };
  return (
    <form class="card login" onSubmit={submit}>
      <h1>{wanted === "write" ? "A token to change something" : "A token to look"}</h1>
      <p>
        {wanted === "write"
          ? "Reading is open here; changing needs a token of the file that http.write_tokens_file names."
          : "This bridge shows its devices to those who have a token: one of the files that http.read_tokens_file and http.write_tokens_file name."}
      </p>
      <label for="token">Token</label>
      <input
        id="token"
        ref={field}
        type="password"
        autocomplete="current-password"
        required
        value={token}
        onInput={(event) => setToken(event.target.value)}
        aria-describedby="token-error"
        aria-invalid={error ? "true" : undefined}
      />
      <p id="token-error" class="wrong" role="alert">
        {error}
      </p>
      <div class="buttons">
        <button type="submit" class="primary">
          Sign in
        </button>
        {wanted === "write" && (
          <button type="button" onClick={() => access.set({ wanted: null })}>
            Just look
          </button>
        )}
      </div>
    </form>
  );
}
