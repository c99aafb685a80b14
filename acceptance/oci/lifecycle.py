#!/usr/bin/python3
"""Does the same things, most of them wrong, with two OCI runtimes, and prints what each says and ends with.

    unshare -m sh -c 'umount /sys/fs/cgroup/unified; acceptance/oci/lifecycle.py /usr/sbin/runc build/dist/bin/berth-oci'

Needs root and busybox (static). More words: only the cases with one of them in their names.
"""
import subprocess, json, os, shutil, sys, tempfile, time, re
TOP=tempfile.mkdtemp(prefix='berth-lifecycle-')
BB=shutil.which('busybox') or '/bin/busybox'
def bundle(path, change=None, raw=None):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path+'/rootfs/bin'); os.makedirs(path+'/rootfs/proc'); os.makedirs(path+'/rootfs/dev')
    shutil.copy(BB, path+'/rootfs/bin/busybox')
    for a in 'sh sleep true cat'.split(): os.symlink('busybox', path+'/rootfs/bin/'+a)
    c={"ociVersion":"1.0.2","root":{"path":"rootfs"},"process":{"cwd":"/","args":["sleep","100"],"env":["PATH=/bin"],"user":{"uid":0,"gid":0},"noNewPrivileges":True},
       "hostname":"x","mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
       "linux":{"namespaces":[{"type":t} for t in ("pid","ipc","uts","mount","network")]}}
    if change: change(c)
    if raw is None: raw=json.dumps(c)
    if raw!='': open(path+'/config.json','w').write(raw)
def setter(*path_val):
    *path,val=path_val
    def f(c):
        for p in path[:-1]: c=c.setdefault(p,{}) if isinstance(c,dict) else c[p]
        if val is DEL: c.pop(path[-1],None)
        else: c[path[-1]]=val
    return f
DEL=object()
class R:
    def __init__(s,rt,name): s.rt=rt; s.name=name; s.root=TOP+'/state-'+name; s.b=TOP+'/bundle-'+name
    def __call__(s,*a,inp=b''):
        return subprocess.run([s.rt,'--root',s.root,*a],input=inp,stdout=subprocess.PIPE,stderr=subprocess.PIPE,timeout=60)
    def quiet(s,*a):
        # create leaves the pipes with the container: files instead
        with open(TOP+'/said','w+') as o:
            p=subprocess.run([s.rt,'--root',s.root,*a],stdin=open(TOP+'/nothing'),stdout=o,stderr=o,timeout=30)
            o.seek(0); p.stdout=o.read().encode(); p.stderr=b''
        return p
open(TOP+'/nothing','w').close()
def msg(p):
    t=(p.stdout+p.stderr).decode(errors='replace')
    out=[]
    for l in t.splitlines():
        m=re.search(r'level=(\w+) msg="(.*?)(?<!\\)"( |$)',l)
        out.append((m.group(1)+': '+m.group(2)).replace('\\"','"') if m else l)
    return ' | '.join(dict.fromkeys(out))[:300]
def fresh(r,change=None,raw=None,start=False):
    r('delete','--force','c'); bundle(r.b,change,raw)
    p=r.quiet('create','-b',r.b,'c')
    if start: r('start','c')
    return p
CASES=[]
def case(name):
    def d(f): CASES.append((name,f)); return f
    return d
@case('start twice')
def _(r): fresh(r,start=True); return r('start','c')
@case('start unknown')
def _(r): return r('start','nosuch')
@case('start without id')
def _(r): return r('start')
@case('start stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('start','c')
@case('delete running')
def _(r): fresh(r,start=True); return r('delete','c')
@case('delete created')
def _(r): fresh(r); return r('delete','c')
@case('delete --force running')
def _(r): fresh(r,start=True); return r('delete','--force','c')
@case('delete paused')
def _(r): fresh(r,start=True); r('pause','c'); p=r('delete','c'); r('resume','c'); return p
@case('delete --force paused')
def _(r): fresh(r,start=True); r('pause','c'); return r('delete','--force','c')
@case('delete unknown')
def _(r): return r('delete','nosuch')
@case('delete --force unknown')
def _(r): return r('delete','--force','nosuch')
@case('delete without id')
def _(r): return r('delete')
@case('kill stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('kill','c','TERM')
@case('kill unknown')
def _(r): return r('kill','nosuch')
@case('kill bad signal')
def _(r): fresh(r,start=True); return r('kill','c','NOSUCH')
@case('kill signal 999')
def _(r): fresh(r,start=True); return r('kill','c','999')
@case('kill created')
def _(r): fresh(r); return r('kill','c','KILL')
@case('kill --all stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('kill','--all','c','KILL')
@case('missing bundle')
def _(r): return r('create','-b','/nosuch','d')
@case('missing config.json')
def _(r): bundle(r.b,raw=''); return r('create','-b',r.b,'d')
@case('config.json no JSON')
def _(r): bundle(r.b,raw='{'); return r('create','-b',r.b,'d')
@case('config.json empty')
def _(r): bundle(r.b,raw=' '); return r('create','-b',r.b,'d')
@case('config.json of another type')
def _(r): bundle(r.b,setter('hostname',5)); return r('create','-b',r.b,'d')
@case('no process')
def _(r): bundle(r.b,setter('process',DEL)); return r('create','-b',r.b,'d')
@case('no args')
def _(r): bundle(r.b,setter('process','args',[])); return r('create','-b',r.b,'d')
@case('no cwd')
def _(r): bundle(r.b,setter('process','cwd','')); return r('create','-b',r.b,'d')
@case('relative cwd')
def _(r): bundle(r.b,setter('process','cwd','x')); return r('create','-b',r.b,'d')
@case('no root')
def _(r): bundle(r.b,setter('root',DEL)); return r('create','-b',r.b,'d')
@case('root not there')
def _(r): bundle(r.b,setter('root','path','nosuch')); return r('create','-b',r.b,'d')
@case('program not there')
def _(r): bundle(r.b,setter('process','args',['nosuch'])); return r('create','-b',r.b,'d')
@case('program not there (run)')
def _(r): bundle(r.b,setter('process','args',['/nosuch'])); return r('run','-b',r.b,'d')
@case('program not executable')
def _(r): bundle(r.b,setter('process','args',['/etc-file'])); open(r.b+'/rootfs/etc-file','w').close(); return r('create','-b',r.b,'d')
@case('program a folder')
def _(r): bundle(r.b,setter('process','args',['/proc'])); return r('create','-b',r.b,'d')
@case('ociVersion bad')
def _(r): bundle(r.b,setter('ociVersion','x')); return r.quiet('create','-b',r.b,'d')
@case('ociVersion 2.0.0')
def _(r): bundle(r.b,setter('ociVersion','2.0.0')); return r.quiet('create','-b',r.b,'d')
@case('bad namespace type')
def _(r): bundle(r.b,setter('linux','namespaces',[{"type":"nosuch"}])); return r('create','-b',r.b,'d')
@case('namespace twice')
def _(r): bundle(r.b,setter('linux','namespaces',[{"type":"pid"},{"type":"pid"},{"type":"mount"},{"type":"uts"}])); return r('create','-b',r.b,'d')
@case('namespace path not there')
def _(r): bundle(r.b,setter('linux','namespaces',[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"network","path":"/nosuch"}])); return r('create','-b',r.b,'d')
@case('hostname without uts')
def _(r): bundle(r.b,setter('linux','namespaces',[{"type":"pid"},{"type":"mount"}])); return r('create','-b',r.b,'d')
@case('sysctl of the host')
def _(r): bundle(r.b,setter('linux','sysctl',{"vm.swappiness":"1"})); return r('create','-b',r.b,'d')
@case('bind source not there')
def _(r): bundle(r.b,lambda c:c['mounts'].append({"destination":"/x","source":"/nosuch","options":["bind"]})); return r('create','-b',r.b,'d')
@case('bad rlimit')
def _(r): bundle(r.b,setter('process','rlimits',[{"type":"RLIMIT_NOSUCH","hard":1,"soft":1}])); return r('create','-b',r.b,'d')
@case('bad capability')
def _(r): bundle(r.b,setter('process','capabilities',{"bounding":["CAP_NOSUCH"]})); p=r.quiet('create','-b',r.b,'d'); r('delete','-f','d'); return p
@case('failing prestart hook')
def _(r): bundle(r.b,setter('hooks',{"prestart":[{"path":"/bin/false"}]})); return r('create','-b',r.b,'d')
@case('hook not there')
def _(r): bundle(r.b,setter('hooks',{"prestart":[{"path":"/nosuch"}]})); return r('create','-b',r.b,'d')
@case('failing poststart hook (run)')
def _(r): bundle(r.b,lambda c:(setter('hooks',{"poststart":[{"path":"/bin/false"}]})(c),setter('process','args',['true'])(c))); return r('run','-b',r.b,'d')
@case('failing poststop hook')
def _(r): bundle(r.b,lambda c:(setter('hooks',{"poststop":[{"path":"/bin/false"}]})(c),setter('process','args',['true'])(c))); return r('run','-b',r.b,'d')
@case('same id twice')
def _(r): fresh(r); return r('create','-b',r.b,'c')
@case('bad id')
def _(r): bundle(r.b); return r('create','-b',r.b,'a/b')
@case('id ..')
def _(r): bundle(r.b); return r('create','-b',r.b,'..')
@case('empty id')
def _(r): bundle(r.b); return r('create','-b',r.b,'')
@case('no id')
def _(r): bundle(r.b); return r('create','-b',r.b)
@case('terminal without console socket')
def _(r): bundle(r.b,setter('process','terminal',True)); return r('create','-b',r.b,'d')
@case('console socket without terminal')
def _(r): bundle(r.b); return r('create','-b',r.b,'--console-socket','/tmp/nosuch','d')
@case('pid file in a folder not there')
def _(r): bundle(r.b); p=r('create','-b',r.b,'--pid-file','/nosuch/p','d'); r('delete','-f','d'); return p
@case('state unknown')
def _(r): return r('state','nosuch')
@case('state without id')
def _(r): return r('state')
@case('exec unknown')
def _(r): return r('exec','nosuch','true')
@case('exec in stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('exec','c','true')
@case('exec in created')
def _(r): fresh(r); return r('exec','c','true')
@case('exec in paused')
def _(r): fresh(r,start=True); r('pause','c'); p=r('exec','c','true'); r('resume','c'); return p
@case('exec program not there')
def _(r): fresh(r,start=True); return r('exec','c','nosuch')
@case('exec program not executable')
def _(r): fresh(r,start=True); open(r.b+'/rootfs/file','w').close(); return r('exec','c','/file')
@case('exec without command')
def _(r): fresh(r,start=True); return r('exec','c')
@case('exec code 7')
def _(r): fresh(r,start=True); return r('exec','c','sh','-c','exit 7')
@case('exec killed')
def _(r): fresh(r,start=True); return r('exec','c','sh','-c','kill -9 $$')
@case('exec cwd not there')
def _(r): fresh(r,start=True); return r('exec','--cwd','/nosuch','c','true')
@case('exec --process not there')
def _(r): fresh(r,start=True); return r('exec','--process','/nosuch','c')
@case('exec keeps noNewPrivileges')
def _(r): fresh(r,start=True); return r('exec','c','sh','-c','while read a b; do case $a in NoNewPrivs*) echo $a$b;; esac; done </proc/self/status')
@case('exec --process noNewPrivileges false')
def _(r):
    fresh(r,start=True); open(TOP+'/process.json','w').write(json.dumps({"cwd":"/","user":{"uid":0,"gid":0},"env":["PATH=/bin"],"args":["sh","-c","while read a b; do case $a in NoNewPrivs*) echo $a$b;; esac; done </proc/self/status"]})); return r('exec','--process',TOP+'/process.json','c')
@case('pause stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('pause','c')
@case('pause paused')
def _(r): fresh(r,start=True); r('pause','c'); p=r('pause','c'); r('resume','c'); return p
@case('pause unknown')
def _(r): return r('pause','nosuch')
@case('resume running')
def _(r): fresh(r,start=True); return r('resume','c')
@case('resume created')
def _(r): fresh(r); return r('resume','c')
@case('resume unknown')
def _(r): return r('resume','nosuch')
@case('update stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('update','--pids-limit','20','c')
@case('update unknown')
def _(r): return r('update','--pids-limit','20','nosuch')
@case('update created')
def _(r): fresh(r); return r('update','--pids-limit','20','c')
@case('update bad number')
def _(r): fresh(r,start=True); return r('update','--memory','x','c')
@case('update bad resources')
def _(r): fresh(r,start=True); return r('update','-r','-','c',inp=b'{')
@case('ps stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('ps','c')
@case('ps unknown')
def _(r): return r('ps','nosuch')
@case('events stopped')
def _(r): fresh(r,start=True); r('kill','c','KILL'); time.sleep(.3); return r('events','--stats','c')
@case('list bad format')
def _(r): return r('list','-f','nosuch')
@case('list of nothing')
def _(r): r('delete','-f','c'); return r('list','-q')
@case('unknown command')
def _(r): return r('nosuch')
@case('unknown option')
def _(r): return r('create','--nosuch','d')
@case('spec twice')
def _(r): bundle(r.b); return r('spec','-b',r.b)
@case('run: exit code 5')
def _(r): bundle(r.b,setter('process','args',['sh','-c','exit 5'])); return r('run','-b',r.b,'d')
@case('run: killed by SIGKILL')
def _(r): bundle(r.b,setter('process','args',['sh','-c','kill -9 $$'])); r1=r('run','-b',r.b,'d'); return r1
@case('checkpoint')
def _(r): fresh(r,start=True); return r('checkpoint','c')
if __name__=='__main__':
    only=sys.argv[3:]
    names=[os.path.basename(p) for p in sys.argv[1:3]]
    both=[R(os.path.abspath(p),n) for p,n in zip(sys.argv[1:3],('one','other'))]
    same=count=0
    try:
        for name,act in CASES:
            if only and not any(o in name for o in only): continue
            said=[]
            for r in both:
                try: p=act(r); said.append((p.returncode,msg(p)))
                except Exception as e: said.append((-1,repr(e)[:200]))
                for i in 'cd': r.quiet('delete','--force',i)
            count+=1; same+=said[0][0]==said[1][0]
            print('  ' if said[0][0]==said[1][0] else '!!',name)
            for n,(code,text) in zip(names,said): print(f'      {n:10s} {code:3d} {text}',flush=True)
    finally:
        shutil.rmtree(TOP,ignore_errors=True)
    print(f'{same} of {count} with the same exit code')
