import { approvalsContract } from "./ApprovalsContract.ts"
import { memoryApprovalsLayer } from "./MemoryApprovals.ts"

approvalsContract("memory", memoryApprovalsLayer)
