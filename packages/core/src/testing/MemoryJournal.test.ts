import { journalContract } from "./JournalContract.ts"
import { memoryJournalLayer } from "./MemoryJournal.ts"

journalContract("memory", memoryJournalLayer)
