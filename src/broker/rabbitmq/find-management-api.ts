import { ManagementTrouble, type ManagementApi, type ManagementAddress } from "./management-api.ts";
import { notUnderstood } from "./management-rows.ts";

/**
 * The first of the addresses whose management API is that of the cluster called `clusterName`: on a machine with
 * several brokers the usual port is but one broker's. Where no name is given, the first that answers.
 * Rejects with the {@link ManagementTrouble} of the last that was asked.
 */
export async function findManagementApi(
  api: ManagementApi,
  addresses: () => Promise<readonly ManagementAddress[]>,
  clusterName: string | undefined,
): Promise<ManagementAddress> {
  let trouble = new ManagementTrouble("it is not known where the management API is");
  // A file that cannot be read keeps the broker's connections away as well, which say so.
  for (const address of await addresses().catch(() => [])) {
    try {
      const name = await clusterNameAt(api, address);
      if (clusterName === undefined || name === clusterName) return address;
      trouble = new ManagementTrouble("the management API there is another broker's");
    } catch (error) {
      // Every one has the name of its cluster: what says 404 is none.
      const isOne = error instanceof ManagementTrouble && error.status !== 404;
      trouble = isOne ? error : notUnderstood();
    }
  }
  throw trouble;
}

async function clusterNameAt(api: ManagementApi, address: ManagementAddress): Promise<unknown> {
  const answer = await api.get(address, "/api/cluster-name");
  if (typeof answer !== "object" || answer === null || !("name" in answer)) throw notUnderstood();
  return answer.name;
}
