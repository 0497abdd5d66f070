import Ledger
import Testing

@Suite("A feed")
struct FeedTests {
    @Test("hands everything to everyone who listens, in order")
    func everyone() async {
        let feed = Feed<Int>()
        let streams = [feed.listen(), feed.listen()]
        for number in 0..<100 { feed.send(number) }
        feed.finish()
        for stream in streams {
            var received: [Int] = []
            for await number in stream { received.append(number) }
            #expect(received == Array(0..<100))
        }
    }

    @Test("says nothing of what was before")
    func past() async {
        let feed = Feed<Int>()
        feed.send(1)
        let stream = feed.listen()
        feed.send(2)
        feed.finish()
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == 2)
        #expect(await iterator.next() == nil)
    }

    @Test("cuts off who falls behind, and nobody else")
    func slow() async {
        let feed = Feed<Int>(backlogMax: 4)
        let slow = feed.listen()
        var quick = feed.listen().makeAsyncIterator()
        for number in 0..<6 {
            feed.send(number)
            #expect(await quick.next() == number)
        }
        var received: [Int] = []
        for await number in slow { received.append(number) }
        #expect(received == [0, 1, 2, 3])
        feed.send(6)
        #expect(await quick.next() == 6)
    }

    @Test("is deserted before the first listener and after the last")
    func deserted() async {
        let feed = Feed<Int>()
        #expect(feed.isDeserted)
        let listening = Task { [stream = feed.listen()] in
            for await _ in stream {}
        }
        #expect(!feed.isDeserted)
        listening.cancel()
        await listening.value
        #expect(feed.isDeserted)
    }

    @Test("that has ended ends later listeners at once")
    func ended() async {
        let feed = Feed<Int>()
        feed.finish()
        var iterator = feed.listen().makeAsyncIterator()
        #expect(await iterator.next() == nil)
        #expect(feed.isDeserted)
    }
}
