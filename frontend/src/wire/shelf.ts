/** A few things by name in the browser's database. What fails there fails in silence: the page goes on without. */

const DATABASE = "commonbook";
const STORE = "unsent";

/** Does what it is asked in that order. What is put is safe even if the page goes right after the call. */
export interface Shelf {
  /** All entries whose key begins so. */
  all: (prefix: string) => Promise<[key: string, value: unknown][]>;
  put: (key: string, value: unknown) => Promise<void>;
  remove: (keys: readonly string[]) => Promise<void>;
}

/** Null where there is no database, as in some private windows. */
export function browserShelf(): Shelf | null {
  if (typeof indexedDB === "undefined") return null;
  let opened: Promise<IDBDatabase> | null = null;
  let database: IDBDatabase | null = null;
  const open = (): Promise<IDBDatabase> => {
    opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => {
        database = asked.result;
        // A page of a later version wants to change it.
        asked.result.onversionchange = () => asked.result.close();
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error ?? new Error("no database"));
    });
    return opened;
  };
  const within = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => T): Promise<T | null> => {
    try {
      // A page that goes gets no further turn: nothing is awaited once the database is open, and the transaction is
      // committed here, because by itself it commits only after the page has heard how its requests went.
      const transaction = (database ?? (await open())).transaction(STORE, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(STORE));
      transaction.commit();
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("not kept"));
      });
      return asked;
    } catch {
      return null; // forbidden or full: the edits still live in this page, and the label says how many
    }
  };
  return {
    all: async (prefix) => {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const asked = await within("readonly", (store) => ({
        keys: store.getAllKeys(range),
        values: store.getAll(range) as IDBRequest<unknown[]>,
      }));
      if (asked === null) return [];
      const values = asked.values.result;
      return asked.keys.result.flatMap((key, index) => (typeof key === "string" ? [[key, values[index]]] : []));
    },
    put: async (key, value) => {
      await within("readwrite", (store) => store.put(value, key));
    },
    remove: async (keys) => {
      await within("readwrite", (store) => {
        for (const key of keys) store.delete(key);
      });
    },
  };
}
