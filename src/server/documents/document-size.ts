import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** How much an operation asks for, as it is written and before anything is looked up in the schema. */
export interface DocumentSize {
  /** Fields inside each other, the root field being the first. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** 1 for a leaf and 2 for an object, times 1.5 for each field that it is inside of. */
  readonly cost: number;
}

const NOTHING: DocumentSize = { depth: 0, aliases: 0, directives: 0, cost: 0 };
const LEAF_COST = 1;
const OBJECT_COST = 2;
const DEEPER_COST_FACTOR = 1.5;

/** Introspection is as deep as the schema; graphql-js bounds it by a rule of its own (MaxIntrospectionDepthRule). */
const INTROSPECTION: ReadonlySet<string> = new Set(["__schema", "__type"]);

/** Measures operations of one document; each fragment once, however often it is spread. */
export class DocumentSizes {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #measured = new Map<string, DocumentSize>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
  }

  of({ selectionSet, directives, variableDefinitions }: OperationDefinitionNode): DocumentSize {
    const selected = this.#ofSelections(selectionSet);
    const onVariables = (variableDefinitions ?? []).reduce(
      (sum, variable) => sum + (variable.directives?.length ?? 0),
      0,
    );
    return {
      ...selected,
      directives: selected.directives + (directives?.length ?? 0) + onVariables,
    };
  }

  #ofSelections({ selections }: SelectionSetNode): DocumentSize {
    return selections.reduce(
      (sum, selection) => beside(sum, this.#ofSelection(selection)),
      NOTHING,
    );
  }

  #ofSelection(selection: SelectionNode): DocumentSize {
    const inside = this.#inside(selection);
    const directives = inside.directives + (selection.directives?.length ?? 0);
    if (selection.kind !== Kind.FIELD) return { ...inside, directives };
    const aliases = inside.aliases + (selection.alias ? 1 : 0);
    if (INTROSPECTION.has(selection.name.value)) return { depth: 1, aliases, directives, cost: 1 };
    const cost = selection.selectionSet
      ? OBJECT_COST + DEEPER_COST_FACTOR * inside.cost
      : LEAF_COST;
    return { depth: inside.depth + 1, aliases, directives, cost };
  }

  #inside(selection: SelectionNode): DocumentSize {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#ofFragment(selection.name.value);
    return selection.selectionSet ? this.#ofSelections(selection.selectionSet) : NOTHING;
  }

  #ofFragment(name: string): DocumentSize {
    const known = this.#measured.get(name);
    if (known) return known;
    // One that spreads itself, or is not there, is refused by validation (GraphQL, sections 5.5.2.1 and 5.5.2.2).
    this.#measured.set(name, NOTHING);
    const fragment = this.#fragments.get(name);
    if (!fragment) return NOTHING;
    const inside = this.#ofSelections(fragment.selectionSet);
    const size = {
      ...inside,
      directives: inside.directives + (fragment.directives?.length ?? 0),
    };
    this.#measured.set(name, size);
    return size;
  }
}

function beside(one: DocumentSize, other: DocumentSize): DocumentSize {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    cost: one.cost + other.cost,
  };
}
