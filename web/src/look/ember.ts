/** What the ember can say. */
export type EmberState = "idle" | "busy" | "offline" | "attention" | "hot" | "alarm";
