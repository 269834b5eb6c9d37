import { readFileSync } from 'node:fs';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { Worker, isMainThread, workerData, parentPort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
const src=readFileSync('/work/main/packages/core/src/corpus/documents/fixtures/table.parquet');
let seed=1; const rnd=n=>{seed=(Math.imul(seed,1103515245)+12345)>>>0; return (seed>>>8)%n};
const make=()=>{const c=Buffer.from(src); for(let i=rnd(8);i>=0;i--) c[rnd(c.length)]=rnd(256); return c};
if(isMainThread){
 for(let i=0;i<400;i++){ const b=make();
  await new Promise(res=>{const w=new Worker(fileURLToPath(import.meta.url),{workerData:b,resourceLimits:{maxOldGenerationSizeMb:300}});let st='';
   const t=setTimeout(()=>{console.log(i,'TIMEOUT',st);w.terminate();res()},1500);
   w.on('message',m=>{if(m.stage) st=m.stage; else {clearTimeout(t);res();}}); w.on('error',e=>{console.log(i,'ERR',e.message.slice(0,100),st);clearTimeout(t);res()}); });
 }
} else { try{ const b=workerData; const ab=b.buffer.slice(b.byteOffset,b.byteOffset+b.length); parentPort.postMessage({stage:'meta'}); const m=await parquetMetadataAsync(ab); 
parentPort.postMessage({stage:'rows '+m.num_rows+' '+m.row_groups.map(g=>g.num_rows+':'+g.columns.map(c=>c.meta_data?.num_values+'/'+c.meta_data?.total_compressed_size))});
let s=0; for (const g of m.row_groups){const e=s+Number(g.num_rows); await parquetReadObjects({file:ab,metadata:m,rowStart:s,rowEnd:e}); s=e}}catch(e){} parentPort.postMessage({}) }
