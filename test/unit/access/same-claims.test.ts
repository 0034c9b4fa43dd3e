import { expect, test } from "vitest";
import { ANONYMOUS } from "../../../src/access/caller.ts";
import { claimTheSame } from "../../../src/access/same-claims.ts";

const claiming = (claims: Record<string, unknown>) => ({ ...ANONYMOUS, claims });

test.for([
  [{ sub: "a", exp: 1, iat: 1, jti: "x" }, { sub: "a", exp: 2, iat: 2, jti: "y" }, true],
  [{ sub: "a", roles: ["r"] }, { roles: ["r"], sub: "a" }, true],
  [{ sub: "a", roles: ["r", "admin"] }, { sub: "a", roles: ["r"] }, false],
  [{ sub: "a", tenant: "1" }, { sub: "a" }, false],
  [{ sub: "a" }, { sub: "a", tenant: "1" }, false],
  [{ sub: "a", tenant: "1" }, { sub: "a", tenant: 1 }, false],
] as const)("%j and %j: %s", ([one, other, same]) => {
  expect(claimTheSame(claiming(one), claiming(other))).toBe(same);
});
