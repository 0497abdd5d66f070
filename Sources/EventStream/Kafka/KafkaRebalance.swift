import CRdKafka
import Dispatch
import Glibc

/// What a member of a group does when partitions come or go, on the thread that polls.
struct KafkaRebalance: Sendable {
    /// As long may what is in hand take when partitions are to go.
    private static let finishSeconds = 30.0
    /// As long may the servers take to say where a partition begins; they have just answered.
    private static let askMs: Int32 = 5_000

    let library: KafkaLibrary
    let intake: KafkaIntake
    let topic: String
    /// Whether a partition that the group has never read begins at its end.
    let startsAtEnd: Bool

    /// Takes over partitions.
    func assign(_ partitions: UnsafeMutablePointer<CRdKafkaPartitions>, to handle: CRdKafkaHandle) {
        if startsAtEnd { commitEnds(of: partitions, handle) }
        let list = partitions.pointee
        intake.assign((0..<Int(list.count)).compactMap { list.elements?[$0].partition })
        _ = library.consumer.assign(handle, partitions)
    }

    /// Gives partitions up when what is in hand is done.
    func revoke(_ partitions: UnsafeMutablePointer<CRdKafkaPartitions>, from handle: CRdKafkaHandle) {
        intake.dropEvents()
        let end = DispatchTime.now() + Self.finishSeconds
        // This thread has nothing else to do, and the member's heartbeat goes on without it.
        while intake.isInHand, !intake.isStopped, DispatchTime.now() < end { usleep(2_000) }
        // The library keeps a pause beyond the assignment, and those partitions may come back.
        if intake.isPaused { _ = library.consumer.resume_partitions(handle, partitions) }
        intake.unassign()
        _ = library.consumer.assign(handle, nil)
    }

    /// Commits the end of each partition in which the group has been nowhere yet, and has it read from there.
    ///
    /// Without a place a partition would begin at its end again at the next start, behind what came meanwhile. Where the
    /// servers do not answer now, the library begins by itself, and the first batch commits a place.
    private func commitEnds(of partitions: UnsafeMutablePointer<CRdKafkaPartitions>, _ handle: CRdKafkaHandle) {
        guard library.consumer.committed(handle, partitions, Self.askMs) == 0 else { return }
        var isNew = false
        for index in 0..<Int(partitions.pointee.count) where !intake.isStopped {
            guard let found = partitions.pointee.elements?[index], found.err == 0, found.offset < 0 else { continue }
            var (low, high): (Int64, Int64) = (-1, -1)
            let error = library.consumer.query_watermark_offsets(
                handle,
                topic,
                found.partition,
                &low,
                &high,
                Self.askMs
            )
            // Asked for each of them, servers that are away would cost the consumer its place in the group.
            guard error == 0, high >= 0 else { break }
            partitions.pointee.elements?[index].offset = high
            isNew = true
        }
        // Refused, the partitions are another member's again, which does the same.
        if isNew { _ = library.consumer.commit(handle, partitions, 0) }
    }
}
