import { errors } from "jose";
import { KeysUnavailable } from "./remote-keys.ts";
import { Unauthenticated } from "./unauthenticated.ts";

/** What a client is told of a claim that is missing or wrong; never what would have been right: that is the issuer's to know. */
const CLAIMS: Readonly<Record<string, string>> = {
  iss: "The token is of no issuer that is known here",
  aud: "The token is not meant for this gateway: its aud names another",
  nbf: "The token is not valid yet: its nbf is still to come",
};

/** Why a token is not taken, in a client's words; what jose says is the cause. */
export function tokenRefusal(thrown: unknown): Unauthenticated {
  if (thrown instanceof Unauthenticated) return thrown;
  if (thrown instanceof KeysUnavailable || thrown instanceof errors.JWKSTimeout)
    return new Unauthenticated("unavailable", "Tokens cannot be checked now; try again", {
      cause: thrown,
    });
  return new Unauthenticated("invalid", messageOf(thrown), { cause: thrown });
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired) return "The token has expired";
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    if (thrown.reason === "missing") return `The token has no ${thrown.claim}, which it must have`;
    return CLAIMS[thrown.claim] ?? `The token's ${thrown.claim} is not as it must be`;
  }
  if (thrown instanceof errors.JWSSignatureVerificationFailed)
    return "The token's signature is not its issuer's";
  if (thrown instanceof errors.JWKSNoMatchingKey)
    return "The token is signed with a key that its issuer does not have";
  if (thrown instanceof errors.JOSEAlgNotAllowed)
    return "The token is signed with an algorithm that is not taken from its issuer";
  return "The token is no JSON Web Token that could be checked";
}
