import Kernel
import NIOHTTP1
import Testing

@Suite("The stream of events", .timeLimit(.minutes(2)))
struct EventTests {
    @Test("tells of metrics of the run that is watched, and of no other")
    func metrics() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            let other = try await client.createRun()
            try await client.events("run:\(run)") { events in
                for id in [other, run] {
                    let metric: JSON = ["run_id": .string(id), "key": "loss", "value": 0.5, "timestamp": 7, "step": 3]
                    #expect(try await client.post("runs/log-metric", metric).status == 200)
                }
                var event = try #require(try await events.next())
                // Its creation may have been sealed a moment ago.
                if event.name == "activity" { event = try #require(try await events.next()) }
                #expect(event.name == "metrics" && event.id == nil)
                #expect(event.data?["run_id"] == .string(run))
                #expect(event.data?["points"] == [["key": "loss", "value": 0.5, "timestamp": 7, "step": 3]])
            }
        }
    }

    @Test("tells of activities with their numbers, as the list of activities has them")
    func activities() async throws {
        try await withServer { client in
            try await client.events("experiments") { events in
                _ = try await client.createRun()
                _ = try await client.post("experiments/create", ["name": "x"])
                let event = try #require(try await events.next())
                #expect(event.name == "activity")
                #expect(event.data?["action"] == "experiment.created" && event.data?["subject_id"] == "1")
                #expect(event.data?["topics"] == ["experiments", "experiment:1"])
                let id = try #require(event.id)
                #expect(event.data?["sequence"]?.integerValue == Int64(id))
                let list = try await client.send(.GET, "/api/v1/activities?after=\((Int64(id) ?? 1) - 1)&limit=1")
                #expect(list.json?["activities"]?.arrayValue?.first == event.data)
            }
        }
    }

    @Test("tells the topic runs of the life of every run")
    func everyRun() async throws {
        try await withServer { client in
            try await client.events("runs") { events in
                let run = try await client.createRun()
                let event = try #require(try await events.next())
                #expect(event.data?["action"] == "run.created" && event.data?["subject_id"] == .string(run))
                #expect(event.data?["topics"] == ["runs", "experiment:0", .string("run:\(run)")])
            }
        }
    }

    @Test("resumed after an activity tells of every one since, once and in order")
    func resumed() async throws {
        try await withServer { client in
            try await client.events("experiments") { events in
                for number in 0..<5 { _ = try await client.post("experiments/create", ["name": .string("e\(number)")]) }
                for _ in 0..<5 { _ = try await events.next() }
            }
            try await client.events("experiments", lastEventID: "2") { events in
                _ = try await client.post("experiments/create", ["name": "later"])
                var ids: [String?] = []
                for _ in 0..<4 { ids.append(try await events.next()?.id) }
                #expect(ids == ["3", "4", "5", "6"])
            }
        }
    }

    @Test("resumed after more activities than one page holds skips none")
    func resumedFromAfar() async throws {
        try await withServer { client in
            let count = 1100
            try await client.events("experiments") { events in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in 0..<10 {
                        group.addTask {
                            for number in 0..<(count / 10) {
                                _ = try await client.post(
                                    "experiments/create",
                                    ["name": .string("\(worker) \(number)")]
                                )
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                var last: String?
                while last != String(count) { last = try #require(try await events.next()).id }
            }
            try await client.events("experiments", lastEventID: "0") { events in
                for number in 1...count {
                    let event = try await events.next()
                    #expect(event?.id == String(number))
                }
            }
        }
    }

    @Test("resumed after an activity that this server never had tells of what comes")
    func resumedFromElsewhere() async throws {
        try await withServer { client in
            try await client.events("experiments", lastEventID: "999999") { events in
                _ = try await client.post("experiments/create", ["name": "x"])
                #expect(try await events.next()?.id == "1")
            }
        }
    }

    @Test("ends when the server stops, and does not hold it up")
    func shutdown() async throws {
        let stopped = Task {
            try await withServer { client in
                let run = try await client.createRun()
                // The stream is left open: the server is stopped beside it.
                let opened = AsyncStream.makeStream(of: Void.self)
                let reading = Task {
                    try await client.events("run:\(run)") { events in
                        opened.continuation.finish()
                        while try await events.next() != nil {}
                    }
                }
                for await _ in opened.stream {}
                _ = reading
            }
        }
        try await stopped.value
    }

    @Test(
        "needs topics, and not too many",
        arguments: ["", "?topics=", "?topics=" + (0...200).map { "run:\($0)" }.joined(separator: ",")]
    )
    func topics(query: String) async throws {
        try await withServer { client in
            let answer = try await client.send(.GET, "/api/v1/events" + query)
            #expect(answer.status == 400 && answer.message?.hasPrefix("'topics' must name 1 to 200 topics") == true)
        }
    }
}

@Suite("The list of activities", .timeLimit(.minutes(2)))
struct ActivityListTests {
    @Test("is read from its end, or after a number, in pages")
    func pages() async throws {
        try await withServer { client in
            try await client.events("experiments") { events in
                for number in 0..<4 { _ = try await client.post("experiments/create", ["name": .string("e\(number)")]) }
                for _ in 0..<4 { _ = try await events.next() }
            }
            func sequences(_ query: String) async throws -> [Int64?]? {
                let answer = try await client.send(.GET, "/api/v1/activities" + query)
                return answer.json?["activities"]?.arrayValue?.map { $0["sequence"]?.integerValue }
            }
            #expect(try await sequences("") == [4, 3, 2, 1])
            #expect(try await sequences("?limit=2") == [4, 3])
            #expect(try await sequences("?after=0&limit=3") == [1, 2, 3])
            #expect(try await sequences("?after=4") == [])
            for bad in ["?limit=0", "?limit=1001", "?after=x"] {
                #expect(try await client.send(.GET, "/api/v1/activities" + bad).status == 400, "\(bad)")
            }
        }
    }

    @Test("is a chain that anybody can follow")
    func chain() async throws {
        try await withServer { client in
            try await client.events("experiments") { events in
                _ = try await client.post("experiments/create", ["name": "x"])
                _ = try await events.next()
            }
            let answer = try await client.send(.GET, "/api/v1/activities?after=0")
            let activity = try #require(answer.json?["activities"]?.arrayValue?.first?.objectValue)
            #expect(
                activity.members.map(\.name) == [
                    "sequence", "at", "actor", "action", "subject_kind", "subject_id", "outcome", "details", "topics",
                    "hash",
                ]
            )
            #expect(activity["hash"]?.stringValue?.count == 64 && activity["details"] == ["name": "x"])
        }
    }
}
