/** How the machine is, as far as the ember shows it. Those who run the office are told. */
class Machine {
  mood = $state.raw<"calm" | "hot" | "alarm">("calm");
}

export const machine = new Machine();
