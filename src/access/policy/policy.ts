import type { Caller } from "../caller.ts";
import { whyNotFor } from "./caller-match.ts";
import { grantFor, type Grant } from "./grant.ts";
import type { PolicyDocument } from "./policy-schema.ts";
import { Rights } from "./rights.ts";

/** Something in a policy that a caller has nothing of, and why. */
export interface NotGranted {
  readonly rule: string;
  /** Left out: none of the rule's grants. */
  readonly grant?: number;
  readonly why: string;
}

/** What callers may do; whatever it does not grant is forbidden. */
export class Policy {
  readonly #rules: PolicyDocument["rules"];
  readonly #rights = new WeakMap<Caller, Rights>();

  constructor({ rules }: PolicyDocument) {
    this.#rules = rules;
  }

  get size(): { rules: number; grants: number } {
    const grants = this.#rules.reduce((count, rule) => count + rule.grants.length, 0);
    return { rules: this.#rules.length, grants };
  }

  /** Worked out once for each caller. */
  rightsOf(caller: Caller): Rights {
    const known = this.#rights.get(caller);
    if (known) return known;
    const rights = new Rights(this.#grantsOf(caller).granted);
    this.#rights.set(caller, rights);
    return rights;
  }

  /** What of the policy is not for a caller, for whoever wonders. */
  notGranted(caller: Caller): readonly NotGranted[] {
    return this.#grantsOf(caller).not;
  }

  #grantsOf(caller: Caller): { granted: readonly Grant[]; not: readonly NotGranted[] } {
    const granted: Grant[] = [];
    const not: NotGranted[] = [];
    for (const { name, callers, grants } of this.#rules) {
      const why = whyNotFor(caller, callers);
      if (why !== undefined) not.push({ rule: name, why });
      else
        for (const [index, document] of grants.entries()) {
          const number = index + 1;
          const grant = grantFor(caller.claims, document, { rule: name, number });
          if ("why" in grant) not.push({ rule: name, grant: number, why: grant.why });
          else granted.push(grant);
        }
    }
    return { granted, not };
  }
}
